"""Session factors: which trading sessions a bar's close lies in, and how far into them."""
