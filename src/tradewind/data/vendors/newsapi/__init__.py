"""NewsAPI: articles of many publishers by words; a key, few calls a day."""
