"""Market data: providers, calendars, validation and repair, history, resampling and alignment."""
