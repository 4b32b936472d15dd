"""Market session factors: which market sessions a bar's close lies in, and how far into them."""
