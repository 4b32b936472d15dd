"""Kenneth French's data library: returns of the Fama-French factors; no key."""
