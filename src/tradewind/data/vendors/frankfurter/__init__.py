"""Frankfurter: the ECB's daily reference rates of currencies; no key."""
