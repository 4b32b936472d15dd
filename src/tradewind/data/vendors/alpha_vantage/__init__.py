"""Alpha Vantage: US stocks, currencies and coins; a key, few calls a day."""
