"""Reversion factors: bands, z-scores, channels and the distance from VWAP."""
