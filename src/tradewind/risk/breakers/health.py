"""Health readings that anyone may publish as gauges: clock skew, feed disagreement, rejects, model drift."""

from collections.abc import Sequence

import msgspec

from tradewind.core.book import Book
from tradewind.core.settings import Reading, Settings
from tradewind.core.vocabulary import BreakerAction, BreakerScope, Rearm
from tradewind.risk.alarm import Alarm
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import Watch, breaker

_DEFAULTS = {
    "clock_skew_ms": 500.0,
    "feed_disagreement_bps": 50.0,
    "broker_rejects": 5.0,
    "model_drift": 0.25,
}


class Health(Settings, frozen=True, kw_only=True):
    """``limits`` by gauge name. ``required`` gauges halt the account when there is no reading of them."""

    limits: dict[str, Reading] = msgspec.field(default_factory=lambda: dict(_DEFAULTS))
    required: tuple[str, ...] = ()


@breaker("health", Health(), severity=9, watch=Watch.OUTSIDE)
def health(book: Book, hours: MarketHours, settings: Health) -> Sequence[Alarm]:
    """Found for each gauge above its limit, or NaN, or required and absent; clears by itself."""
    found = []
    for gauge, limit in settings.limits.items():
        reading = book.gauges.get(gauge)
        if reading is None and gauge not in settings.required:
            continue
        value = reading.value if reading is not None else float("nan")
        if value <= limit:
            continue
        reason = f"{gauge} is {value:g}; at most {limit:g} is allowed."
        if value != value:
            reason = f"{gauge} cannot be read."
        name = f"health_{gauge}"
        found.append(
            Alarm(BreakerScope.ACCOUNT, "", BreakerAction.HALT, value, limit, reason, Rearm.WHEN_CLEAR, name)
        )
    return found
