"""alphas."""
