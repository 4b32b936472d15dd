"""Bars of bid and ask side by side: their middle is the price, and what lies between them is kept."""

from collections.abc import Mapping

from tradewind.core.panel import Floats

ASK = "ask_"
_PRICES = ("open", "high", "low", "close")


def with_middle(figures: Mapping[str, Floats]) -> dict[str, Floats]:
    """``open`` ... ``close`` as the middle of bid and ask, and ``spread``, ask less bid at the close.

    Where there is no ``ask_close`` the figures stay as they are. A side that is missing (NaN) leaves NaN.
    """
    if f"{ASK}close" not in figures:
        return dict(figures)
    found = {name: values for name, values in figures.items() if not name.startswith(ASK)}
    for name in _PRICES:
        found[name] = (figures[name] + figures[f"{ASK}{name}"]) / 2.0
    found["spread"] = figures[f"{ASK}close"] - figures["close"]
    return found
