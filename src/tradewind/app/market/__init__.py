"""Market data for faces: history, quality, live streams."""
