"""Tree ensembles, and the one compiled walk that judges rows for all of them."""
