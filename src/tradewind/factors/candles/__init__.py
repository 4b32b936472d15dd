"""Candle factors: the candlestick patterns of TA-Lib as columns."""
