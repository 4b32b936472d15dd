"""X: posts of the last week by words; a key of a paid plan."""
