"""From many forecasts to one: blending, regimes, timeframes, filters and the hard conditions."""
