"""Momentum factors: oscillators between bounds, rates of change, differences of averages."""
