"""Bars out of single trades: by time, by activity, or by how one-sided it is."""
