"""Strategies of one's own: a small class, or a table of signals, run as the product's own strategy is."""
