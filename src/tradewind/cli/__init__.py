"""The command line: verbs grouped by what a person wants. Heavy imports wait until a verb runs."""
