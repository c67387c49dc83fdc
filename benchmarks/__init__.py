"""Made-up data of any size, and what it costs to compute measures on them."""
