"""Trend factors: moving averages, and the direction and strength in which a price runs."""
