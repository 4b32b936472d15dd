"""Binance's public market data, REST and streams of the spot market; no key."""
