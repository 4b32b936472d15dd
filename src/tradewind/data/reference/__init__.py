"""What is known of instruments beside their prices, and since when: listings, names, sectors, indices."""
