"""FRED and ALFRED: macro series of the Federal Reserve Bank of St. Louis, with every revision; a key."""
