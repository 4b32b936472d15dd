"""Classical learners: linear models on scaled factors, the baseline for all others."""
