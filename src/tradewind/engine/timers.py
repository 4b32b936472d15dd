"""Names of the timers that the driver makes."""

CYCLE = "cycle"
"""All bars of this moment are in: factor rows are computed and the account is marked."""

DECIDE = "decide"
"""The moment's forecasts are in, or their deadline has passed: it is decided with what is there."""
