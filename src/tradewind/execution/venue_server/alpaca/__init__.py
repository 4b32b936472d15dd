"""Alpaca's protocol: REST, the stream of trade updates, latest prices and bars."""
