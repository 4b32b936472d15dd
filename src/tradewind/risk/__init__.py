"""Limits, circuit breakers and measures of risk. Refusals are values with reasons, never exceptions."""
