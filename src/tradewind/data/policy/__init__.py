"""What every network provider runs behind: limits, retries, cache, quarantine, and keys that stay secret."""
