"""How concentrated holdings are: Herfindahl's index of their shares, and how many equal ones it is worth.

Source: Herfindahl (1950); the effective number is its inverse (Hannah and Kay, 1977).
"""

from collections.abc import Iterable


def herfindahl(amounts: Iterable[int]) -> float:
    """Sum of squared shares of unsigned ``amounts``: 1 / N where N are equal, 1 for one, 0 for none."""
    sizes = [abs(amount) for amount in amounts]
    total = sum(sizes)
    return sum((size / total) ** 2 for size in sizes) if total else 0.0
