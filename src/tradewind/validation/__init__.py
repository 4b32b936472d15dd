"""Honest validation: walk-forward folds, figures after costs, significance, and the promotion gate.

Import from the modules themselves; nothing heavy is imported here.
"""
