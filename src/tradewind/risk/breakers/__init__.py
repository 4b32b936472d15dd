"""Circuit breakers, one file each: a decorated plain function from the book to what is beyond its limit."""
