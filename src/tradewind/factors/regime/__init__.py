"""Regime factors: states of the market, each as a column from 0 to 1."""
