"""Factors: named causal columns of market data, in batch and live from one definition."""
