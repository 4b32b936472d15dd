"""Questions to sources of calendars: what they say of the first id that they know, held to what reads it."""

from functools import partial
from inspect import signature
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tradewind.app.market.vendor_config import vendor_arguments
from tradewind.app.plugin_check.probe import Probe
from tradewind.core.clock import WallClock
from tradewind.core.ports import SupportsClose
from tradewind.core.releases import CalendarRequest, Releases
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.registry import CALENDARS

_SPAN_NS = 366 * NS_PER_DAY


def calendar_probes(name: str) -> list[Probe]:
    """It is asked for a year back and one ahead of the first id that it knows; one of a network is not.

    What comes depends on when it is asked, so the answer is what is wrong with it: nothing, each time.
    """
    return [Probe("two years of it", partial(_wrong, name), str)]


def _wrong(name: str) -> str:
    factory = CALENDARS.get(name)
    known = dict(getattr(factory, "known", {}))
    if "base_url" in signature(factory).parameters or not known:
        return "" if known else "it knows no id that people could begin with"
    with TemporaryDirectory(prefix="tradewind-check-") as folder:
        source = factory(**vendor_arguments(name, factory, Path(folder)))
        now_ns = WallClock().now_ns()
        request = CalendarRequest(next(iter(known)), now_ns - _SPAN_NS, now_ns + _SPAN_NS)
        try:
            return _fault(source.releases(request), request, name, WallClock().now_ns())
        finally:
            if isinstance(source, SupportsClose):
                source.close()


def _fault(found: Any, request: CalendarRequest, name: str, now_ns: int) -> str:
    """What reading as of a moment could not live with."""
    if not isinstance(found, Releases):
        return f"it gives a {type(found).__name__}, not Releases"
    if (found.calendar, found.source) != (request.calendar, name):
        return f"asked for {name}:{request.calendar} it answers with {found.source}:{found.calendar}"
    if not found.rows:
        return "it gives nothing where it should raise NoDataError"
    if any(not request.start_ns <= row.ts_begin < request.end_ns for row in found.rows):
        return "it gives a release that was not asked for"
    if any(row.ts_known > now_ns for row in found.rows):
        return "it gives what is known only after now"
    keys = [(row.event, row.ts_known) for row in found.rows]
    if keys != sorted(set(keys)):
        return "its rows do not rise by event and moment: make them with releases_of"
    return ""
