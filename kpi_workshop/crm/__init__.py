"""Client data: exports become canonical tables, tables become measures."""
