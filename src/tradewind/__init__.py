"""Tradewind: from raw market data to orders that are sized, checked, executed, recorded and explained."""

__version__ = "0.1.0"
