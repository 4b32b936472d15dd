"""Filters that a strategy may ask for, one file each; ``tradewind.ensemble.filtering`` runs them."""
