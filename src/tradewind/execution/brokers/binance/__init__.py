"""Binance (spot) through ccxt, followed by sweeps."""
