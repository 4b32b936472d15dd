"""Algorithms that work an order in slices; one file each, entered in the registry."""
