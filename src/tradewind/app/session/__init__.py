"""Sessions for faces: planned, prepared, run, replayed, and their journals read."""
