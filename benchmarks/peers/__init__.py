"""Scripts that run in peers' environments. They and Tradewind import nothing from each other."""
