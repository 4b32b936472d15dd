"""Spectral factors: dominant cycles, and detail and energy by scale."""
