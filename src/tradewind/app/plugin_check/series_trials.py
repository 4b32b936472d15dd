"""Questions to sources of series: what they say of the first id that they know, held to what reads it."""

from functools import partial
from inspect import signature
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tradewind.app.market.vendor_config import vendor_arguments
from tradewind.app.plugin_check.probe import Probe
from tradewind.core.clock import WallClock
from tradewind.core.ports import SupportsClose
from tradewind.core.series import Observations, SeriesRequest
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.registry import SERIES

_YEARS = 3


def series_probes(name: str) -> list[Probe]:
    """It is asked for the last years of the first id that it knows; one of a network is not asked at all.

    What comes depends on when it is asked, so the answer is what is wrong with it: nothing, each time.
    """
    return [Probe("three years of it", partial(_wrong, name), str)]


def _wrong(name: str) -> str:
    factory = SERIES.get(name)
    known = dict(getattr(factory, "known", {}))
    if "base_url" in signature(factory).parameters or not known:
        return "" if known else "it knows no id that people could begin with"
    with TemporaryDirectory(prefix="tradewind-check-") as folder:
        source = factory(**vendor_arguments(name, factory, Path(folder)))
        now_ns = WallClock().now_ns()
        request = SeriesRequest(next(iter(known)), now_ns - _YEARS * 366 * NS_PER_DAY, now_ns)
        try:
            return _fault(source.observations(request), request, name, WallClock().now_ns())
        finally:
            if isinstance(source, SupportsClose):
                source.close()


def _fault(found: Any, request: SeriesRequest, name: str, now_ns: int) -> str:
    """What reading as of a moment could not live with."""
    if not isinstance(found, Observations):
        return f"it gives a {type(found).__name__}, not Observations"
    if (found.series_id, found.source) != (request.series_id, name):
        return f"asked for {name}:{request.series_id} it answers with {found.source}:{found.series_id}"
    if not len(found):
        return "it gives nothing where it should raise NoDataError"
    inside = (found.ts_period >= request.start_ns) & (found.ts_period < request.end_ns)
    if not inside.all():
        return "it gives a period that was not asked for"
    if found.ts_known.max() > now_ns:
        return "it gives what is known only after now"
    keys = np.stack([found.ts_period, found.ts_known])
    steps = np.diff(keys)
    rises = (steps[0] > 0) | ((steps[0] == 0) & (steps[1] > 0))
    if not rises.all():
        return "its observations do not rise by period and moment: make them with observations_of"
    return "" if not np.isinf(found.value).any() else "it gives a value that is infinite"
