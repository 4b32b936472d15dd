"""Coinbase: the public market data of Advanced Trade; no key."""
