"""Transaction-cost analysis: what each order cost against what was decided, and where it went."""
