"""The one loop: events in, decisions out, everything in the journal, the same in every mode."""
