"""Rehearsals: recorded prices and the local venue server, wired together."""
