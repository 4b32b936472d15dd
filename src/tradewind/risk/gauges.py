"""Reading a market-wide gauge, judging it, and saying so when it cannot be read."""

from collections.abc import Callable

from tradewind.core.book import Book
from tradewind.core.settings import Age, Settings
from tradewind.core.timestamps import NS_PER_HOUR
from tradewind.core.vocabulary import BreakerAction, BreakerScope, Rearm
from tradewind.risk.alarm import Alarm, WhenMissing
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import NEVER_NS


class GaugeSettings(Settings, frozen=True, kw_only=True):
    """Which gauge is watched, when its reading is too old, and what follows without one."""

    gauge: str
    max_age_ns: Age
    when_missing: WhenMissing = "block"
    rearm: Rearm = Rearm.NEXT_DAY


def gauge_problem(book: Book, gauge: str, max_age_ns: int, *, with_previous: bool = False) -> str:
    """Why the gauge cannot be judged now; empty when it can."""
    reading = book.gauges.get(gauge)
    if reading is None:
        return f"there is no reading of {gauge}"
    if reading.value != reading.value:
        return f"{gauge} reads NaN"
    if with_previous and not reading.previous > 0.0:
        return f"{gauge} has no close of the day before"
    if book.now_ns - reading.ts_event > max_age_ns:
        hours = (book.now_ns - reading.ts_event) / NS_PER_HOUR
        return f"the last reading of {gauge} is {hours:.1f} hours old"
    return ""


def gauge_due_ns(book: Book, hours: MarketHours, settings: GaugeSettings) -> int:
    """When the gauge's present reading becomes too old; never for one that is so already."""
    reading = book.gauges.get(settings.gauge)
    if reading is None:
        return NEVER_NS
    due = reading.ts_event + settings.max_age_ns + 1
    return due if due > book.now_ns else NEVER_NS


def missing_gauge(
    name: str, book: Book, hours: MarketHours, group: str, problem: str, when_missing: str
) -> tuple[Alarm, ...]:
    """The alarm for a gauge that cannot be judged, while the market that it guards is open.

    ``when_missing`` is ``block`` (halt the class's entries) or ``note`` (state it, block nothing). A note
    stands for as long as the gauge is missing, so that it is stated once and not with every opening.
    """
    if when_missing == "block" and not hours.group_open(group, book.now_ns):
        return ()
    action = BreakerAction.HALT if when_missing == "block" else BreakerAction.NOTE
    reason = f"The gauge for {group} is missing: {problem}."
    nan = float("nan")
    return (Alarm(BreakerScope.CLASS, group, action, nan, nan, reason, Rearm.WHEN_CLEAR, f"{name}_missing"),)


def halt_above(
    name: str,
    group: str,
    book: Book,
    hours: MarketHours,
    settings: GaugeSettings,
    limit: float,
    words: Callable[[float], str],
) -> tuple[Alarm, ...]:
    """Entries of the class halt while the gauge stands above ``limit``, or cannot be judged.

    ``words`` tell of a reading above it.
    """
    if group not in hours.groups:
        return ()
    problem = gauge_problem(book, settings.gauge, settings.max_age_ns)
    if problem:
        return missing_gauge(name, book, hours, group, problem, settings.when_missing)
    value = book.gauges[settings.gauge].value
    if value <= limit:
        return ()
    return (Alarm(BreakerScope.CLASS, group, BreakerAction.HALT, value, limit, words(value), settings.rearm),)
