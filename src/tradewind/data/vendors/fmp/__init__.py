"""Financial Modeling Prep: news of stocks, and counts of what is said of them; a key."""
