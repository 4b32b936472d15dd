"""Binance's public streams: klines, best bid and ask, trades and order books of the spot market."""
