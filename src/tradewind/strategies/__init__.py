"""What decides: the forecast blend, and what it remembers and costs."""
