"""Progress goes to standard error, so that standard output holds results alone."""

import sys


def say(text: str) -> None:
    """One line of progress, at once."""
    print(text, file=sys.stderr, flush=True)
