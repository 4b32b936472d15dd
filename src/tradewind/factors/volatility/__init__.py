"""Volatility factors: estimates for one bar, from returns and from ranges."""
