"""Faults on purpose: a script of them, and where they strike requests and streams."""
