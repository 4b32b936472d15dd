"""What all spot venues that are reached through ccxt share; a venue is one row (``venue.CcxtVenue``)."""
