"""A timeframe that a provider lacks, made from the longest that it has below: a week from days, 4h from 1h.

What was fetched is repaired first, so that a bad row does not hide inside a longer bar; what is judged and
stored then are the longer bars.
"""

from collections.abc import Sequence
from dataclasses import replace

from tradewind.core.errors import NoDataError, NoTimeframeError
from tradewind.core.market import Timeframe
from tradewind.core.ports import BarRequest, HistoryProvider
from tradewind.core.timestamps import iso
from tradewind.data.adjustment import SPLIT
from tradewind.data.raw import RawBars, bars_from_raw, raw_from_bars
from tradewind.data.reference.names import NameSpan
from tradewind.data.repair import RepairPlan, repair
from tradewind.data.resample import resample
from tradewind.data.under_names import rows_of


def fetch_raw(
    provider: HistoryProvider, request: BarRequest, calendar: str, spans: Sequence[NameSpan] = ()
) -> RawBars:
    """A provider's rows of the instrument, made from finer ones where it lacks the timeframe.

    ``calendar`` (the instrument's) says when trading days begin, where the provider does not. ``spans`` are
    the names that it bore (see :func:`~tradewind.data.under_names.rows_of`).

    Raises
    ------
    NoDataError
        The provider has nothing in the span; or it lacks the timeframe, and everything finer too.
    """
    try:
        return rows_of(provider, request, spans)
    except NoTimeframeError as lacking:
        finer = finer_timeframe(request.timeframe, lacking.offers)
        if not finer:
            raise
    wanted = Timeframe(request.timeframe)
    start_ns = max(request.start_ns - wanted.length_ns, 0)  # the first bar reaches back
    raw = rows_of(provider, BarRequest(request.instrument_id, finer, start_ns, request.end_ns), spans)
    days = raw.calendar or calendar
    clean = bars_from_raw(repair(raw, RepairPlan(), days).raw)
    splits = [action for action in raw.actions or () if action.kind == SPLIT and not raw.adjusted]
    made = resample(clean, wanted, days, splits=splits).between(request.start_ns, request.end_ns)
    if not len(made):
        message = (
            f"The {finer} bars of {request.instrument_id} from {provider.name!r} make no whole {wanted} bar."
        )
        span = f"{iso(request.start_ns)} to {iso(request.end_ns)}"
        raise NoDataError(message, f"The span was {span}: ask for a longer one.")
    actions = raw.actions
    if actions is not None:
        actions = tuple(a for a in actions if request.start_ns <= a.ex_ns < request.end_ns)
    return replace(raw_from_bars(made, raw.calendar), actions=actions)


def finer_timeframe(wanted: str, offers: tuple[str, ...]) -> str:
    """The longest of ``offers`` that whole bars of ``wanted`` can be made of; empty where there is none."""
    length_ns = Timeframe(wanted).length_ns
    fitting = [
        frame
        for frame in map(Timeframe, offers)
        if frame.length_ns < length_ns and length_ns % frame.length_ns == 0
    ]
    return max(fitting, key=lambda frame: frame.length_ns).value if fitting else ""
