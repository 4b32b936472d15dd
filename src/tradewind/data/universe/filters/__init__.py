"""Filters of the universe scan, one file each; a filter looks at one instrument at a time."""
