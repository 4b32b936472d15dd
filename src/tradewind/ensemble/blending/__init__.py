"""Ways to make one view of many, one file each, found by their names in ``tradewind.ensemble.blend``."""
