"""Factors of the group."""
