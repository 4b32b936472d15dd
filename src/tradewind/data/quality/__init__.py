"""Validation: rules that find what is wrong with raw rows, and the score that follows from it."""
