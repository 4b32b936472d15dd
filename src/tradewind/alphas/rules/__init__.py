"""Rules: one published idea a file, its coefficient calibrated on the training window."""
