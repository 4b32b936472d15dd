"""Classical learners."""
