"""The method, one module per step of the workshop: no widgets, no charts."""
