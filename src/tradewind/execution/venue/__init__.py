"""The simulated venue: settings, admission, matching, rebuilding."""
