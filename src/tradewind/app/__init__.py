"""Where the rooms meet: configuration, compute, research, sessions and the demo, for the faces to call."""
