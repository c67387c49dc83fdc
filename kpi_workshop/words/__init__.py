"""The words of the field: what a suggestion counts, whose doing it is, and which suggestions mean the same."""
