"""Volume factors: what traded, on which side, and how easily."""
