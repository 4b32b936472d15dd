"""CoinGecko: coins by an average over exchanges, coarse and without volume; no key needed."""
