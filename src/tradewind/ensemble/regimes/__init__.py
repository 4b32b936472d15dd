"""Rules that name the market's state, one profile a file."""
