"""Compiled functions on arrays and scalars that loop and research share, each with its plain Python twin."""
