"""Twelve Data: US stocks, currencies and coins; a key."""
