"""Binance's spot protocol: REST, market streams and the stream of the account."""
