"""Why an order exists, or why there is none."""
