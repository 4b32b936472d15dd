"""Alpaca: US stocks and coins, bars as traded with splits and dividends beside; a key."""
