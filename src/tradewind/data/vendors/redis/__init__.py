"""What another process hears of a vendor, through the bus on a Redis server."""
