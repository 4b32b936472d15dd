"""Cross-asset factors: how an instrument moves with a reference in a named role."""
