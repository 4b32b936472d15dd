"""From forecasts to targets: Kelly, volatility targeting, ceilings, and who earned what."""
