"""Splits and dividends as events of a session: known at the open of the day on which they take effect.

They come at the first moment at which anything trades on the new basis, and never before: a holding that was
bought on the day itself is not entitled, one that was held over the night before is.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from tradewind.core import accounts
from tradewind.core.errors import DataError
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.core.trading_calendar import TradingCalendar
from tradewind.core.vocabulary import ActionKind
from tradewind.data.adjustment import DIVIDEND, DOUBTFUL, SPLIT, CorporateAction, one_a_day

AMOUNT_PLACES = 6
"""Decimals of a dividend a share: what a vendor's closes tell of it carries float noise beyond them."""

_PAUSE_NS = 5 * NS_PER_DAY
"""An ex-date on which nothing trades takes effect at the next open, which lies at most so far away."""

_SPLIT_TERMS = ((20, 1e-5), (1_000, 1e-6))
"""Largest denominator tried, and how far a vendor's figure may lie off (7.000007 is 7:1)."""

_FINEST = 1_000_000


def action_events(
    actions: Sequence[CorporateAction], calendar: TradingCalendar, start_ns: int, end_ns: int
) -> list[accounts.CorporateAction]:
    """The actions that become known in ``start_ns < ts <= end_ns``, oldest first, splits before dividends.

    Those of one kind that become known at one moment are one event (see
    :func:`~tradewind.data.adjustment.one_a_day`): two dividends with ex-dates on days without trading pay
    their sum. Dividends that cannot have been paid (``DOUBTFUL``) are left out.

    ``calendar`` is that of the series, whose table covers the span.

    Raises
    ------
    DataError
        An action is neither a split nor a dividend.
    """
    near = [a for a in actions if start_ns - _PAUSE_NS < a.ex_ns <= end_ns and a.kind != DOUBTFUL]
    moved = [replace(action, ex_ns=_known_ns(action.ex_ns, calendar)) for action in near]
    known = [_event(action) for action in one_a_day(moved) if action.kind != DOUBTFUL]
    events = [event for event in known if start_ns < event.ts_event <= end_ns]
    return sorted(events, key=lambda e: (e.ts_event, e.kind is not ActionKind.SPLIT))


def split_terms(new_per_old: float) -> tuple[int, int]:
    """``(numerator, denominator)`` of a split: 7.0 is (7, 1), 1.5 is (3, 2), 0.05 is (1, 20)."""
    larger = new_per_old if new_per_old >= 1.0 else 1.0 / new_per_old
    tried = [(Fraction(larger).limit_denominator(size), tolerance) for size, tolerance in _SPLIT_TERMS]
    plain = [found for found, tolerance in tried if abs(float(found) / larger - 1.0) <= tolerance]
    terms = plain[0] if plain else Fraction(larger).limit_denominator(_FINEST)
    sides = terms.numerator, terms.denominator
    return sides if new_per_old >= 1.0 else sides[::-1]


def _known_ns(ex_ns: int, calendar: TradingCalendar) -> int:
    """Open of the first trading day that ends after ``ex_ns``."""
    opened, closed = calendar.session_bounds(ex_ns + 1)
    return opened if ex_ns < closed else calendar.next_open(ex_ns)


def _event(action: CorporateAction) -> accounts.CorporateAction:
    if action.kind == SPLIT:
        numerator, denominator = split_terms(action.value)
        return accounts.CorporateAction(
            ts_event=action.ex_ns,
            instrument_id=action.instrument_id,
            kind=ActionKind.SPLIT,
            numerator=numerator,
            denominator=denominator,
            source=action.source,
        )
    if action.kind != DIVIDEND:
        message = f"{action.instrument_id} has a {action.kind!r} on {iso(action.ex_ns)}."
        raise DataError(message, "Sessions carry out splits and dividends; leave the symbol out.")
    return accounts.CorporateAction(
        ts_event=action.ex_ns,
        instrument_id=action.instrument_id,
        kind=ActionKind.DIVIDEND,
        amount=f"{action.value:.{AMOUNT_PLACES}f}".rstrip("0").rstrip("."),
        source=action.source,
    )
