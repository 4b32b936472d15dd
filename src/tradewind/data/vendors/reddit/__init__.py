"""Reddit: posts of chosen forums by words, or the newest; an application of one's own."""
