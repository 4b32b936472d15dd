"""SEC EDGAR: what companies of the USA reported, by period and moment of acceptance; no key."""
