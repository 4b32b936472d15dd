"""Price factors: ratios inside a bar, and the returns that other factors stand on."""
