"""Several sources of the same prices behind one another: whichever is healthy serves, and nothing is lost."""
