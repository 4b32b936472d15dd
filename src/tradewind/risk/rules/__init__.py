"""Risk rules, one file each: a decorated plain function from an order and the book to a verdict."""
