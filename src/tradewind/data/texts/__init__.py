"""Texts of strangers made safe to keep, show and count: cleaning, paging, pseudonyms, stories."""
