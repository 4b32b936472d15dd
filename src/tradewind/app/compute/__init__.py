"""Where parallel work runs, by one setting."""
