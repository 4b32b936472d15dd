"""Finnhub: US stocks; the newest day with a free key, candles with a paid one."""
