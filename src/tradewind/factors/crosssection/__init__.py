"""Cross-section factors: ranks and standard scores across the instruments of a panel."""
