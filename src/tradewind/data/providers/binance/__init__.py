"""Binance's public market data over REST, carried by ccxt; no key."""
