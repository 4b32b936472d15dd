"""Blockchain.com: what happens on the Bitcoin network, by day; no key."""
