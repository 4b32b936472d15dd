"""Series whose source adjusted the prices for what came later: what a session on them can and cannot say.

Such prices were never paid. A stock of which one share has become 120 since stands at cents, where a tick of
one cent is a tenth of the price and a fee a share costs a hundred times what it did.
"""

from collections.abc import Mapping

from tradewind.core.instruments import Instrument
from tradewind.data.history import LoadedSeries

COARSEST_BPS = 50.0
"""A tick may be so much of the lowest close; real listings of that price are left alone."""


def too_coarse(loaded: LoadedSeries, instrument: Instrument, start_ns: int) -> str:
    """Why adjusted prices of a session cannot be traded on the instrument's grid; empty where they can.

    ``start_ns`` is the session's begin; what warms factors is not traded.
    """
    bars = loaded.as_stored.between(start_ns, 2**63 - 1)
    if not loaded.as_stored.adjusted or not len(bars):
        return ""
    lowest = float(bars.close.min())
    tick_bps = 1e4 * instrument.tick_float / lowest
    if tick_bps <= COARSEST_BPS:
        return ""
    return (
        f"its source adjusted its prices for what came later, down to {lowest:.4g}, where a tick of "
        f"{instrument.tick_size} is {tick_bps:.0f} bps: it is not traded. Load or import prices as traded."
    )


def hindsight_notes(series: Mapping[str, LoadedSeries]) -> list[str]:
    """What to bear in mind of a session's adjusted series, by name; nothing where all are as traded."""
    named = [name for name, loaded in series.items() if loaded.as_stored.adjusted]
    if not named:
        return []
    return [
        f"Adjusted by their source for what came later: {', '.join(named)}. Returns are right; prices were "
        "not paid so, and fees by share, lots and levels of price are not those of then."
    ]
