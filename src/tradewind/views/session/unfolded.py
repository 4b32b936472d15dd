"""What a session view remembers of the journal, as events and whole numbers, before it becomes rows."""

from dataclasses import dataclass

from tradewind.core.book import PositionKey, breaker_key
from tradewind.core.decisions import AccountMarked, BreakerRearmed, BreakerTripped, DecisionMade, OrderRefused
from tradewind.core.events import (
    FeedStatus,
    ModelStatus,
    OverrideRecorded,
    Sealed,
    SessionEnded,
    SessionStarted,
)
from tradewind.core.forecasts import Forecast, ForecastFailed
from tradewind.views.rows import Counters, Kept, Notice
from tradewind.views.session.currencies import Money
from tradewind.views.session.curve import EquityCurve
from tradewind.views.session.holdings import Holdings
from tradewind.views.session.lifecycles import Lifecycles
from tradewind.views.session.rings import Ring

ForecastKey = tuple[str, str, str, int]
"""Instrument, model, timeframe, horizon in bars: one model may be fitted on several."""


@dataclass
class BreakerHistory:
    """A breaker's latest trip and, once it is armed again, how that came about."""

    seq: int
    trip: BreakerTripped
    trips: int
    rearmed: BreakerRearmed | None = None


class Unfolded:
    """Everything kept of one session."""

    def __init__(self, limits: Kept) -> None:
        self.started: SessionStarted | None = None
        self.opened_ns = 0
        self.ended: SessionEnded | None = None
        self.session_seq = 0
        self.account: AccountMarked | None = None
        self.curve: EquityCurve | None = None
        self.holdings = Holdings({}, Money(None))
        self.orders = Lifecycles(limits.closed_orders)
        self.models: dict[tuple[str, str, int], tuple[int, ModelStatus]] = {}
        self.overrides: dict[str, tuple[int, OverrideRecorded]] = {}
        self.forecasts: dict[ForecastKey, tuple[int, Forecast | ForecastFailed]] = {}
        self.blends: dict[PositionKey, tuple[int, DecisionMade]] = {}
        self.feeds: dict[str, tuple[int, FeedStatus]] = {}
        self.breakers: dict[str, BreakerHistory] = {}
        self.decisions: Ring[DecisionMade] = Ring(limits.decisions)
        self.refusals: Ring[OrderRefused] = Ring(limits.refusals)
        self.notices: Ring[tuple[Notice, Sealed | None]] = Ring(limits.notices)
        self.counts: dict[str, int] = dict.fromkeys(Counters.__struct_fields__, 0)

    def begin(self, seq: int, event: SessionStarted, curve_points: int) -> None:
        """The session starts: cash paid in, nothing held."""
        self.started, self.session_seq = event, seq
        instruments = {instrument.id: instrument for instrument in event.instruments}
        self.holdings = Holdings(instruments, Money(event))
        self.curve = EquityCurve(seq, event.ts_event, self.holdings.money.start_e8, curve_points)

    def said(self, seq: int, event: Forecast | ForecastFailed) -> None:
        """A model speaks on an instrument, or cannot: then on each horizon that it has on the timeframe."""
        about = (event.instrument_id, event.model, event.timeframe)
        if isinstance(event, Forecast):
            self.forecasts[*about, event.horizon_bars] = (seq, event)
            return
        horizons = {bars for name, timeframe, bars in self.models if (name, timeframe) == about[1:]}
        horizons = horizons or {key[3] for key in self.forecasts if key[:3] == about}
        for bars in horizons or {0}:
            self.forecasts[*about, bars] = (seq, event)

    def decided(self, seq: int, event: DecisionMade) -> None:
        """A decision is made; one whose blend had a view tells what its models carry."""
        self.decisions.add(seq, event)
        if sum(vote.weight for vote in event.votes) > 0.0:
            self.blends[PositionKey(event.account, event.strategy, event.instrument_id)] = (seq, event)

    def trip(self, seq: int, event: BreakerTripped) -> None:
        """A breaker trips."""
        key = breaker_key(event.breaker, event.scope_key)
        before = self.breakers.get(key)
        self.breakers[key] = BreakerHistory(seq, event, 1 if before is None else before.trips + 1)

    def rearm(self, seq: int, event: BreakerRearmed) -> None:
        """A breaker is armed again."""
        known = self.breakers.get(breaker_key(event.breaker, event.scope_key))
        if known is not None:
            known.seq, known.rearmed = seq, event
