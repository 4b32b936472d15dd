"""Binance's public market data over REST; no key."""
