"""What the loop decides, as values with reasons. Decisions are events: the journal can explain them all."""

import msgspec

from tradewind.core.market import Event
from tradewind.core.orders import Order
from tradewind.core.protection import ProtectionSettings
from tradewind.core.vocabulary import BreakerAction, BreakerScope, Outcome, Rearm


class Approved(msgspec.Struct, frozen=True, tag="approved"):
    """A risk check has nothing against the order."""


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """A risk check refuses the order: which rule, why, and the figures behind it."""

    rule: str
    reason: str
    figures: dict[str, float] = msgspec.field(default_factory=dict)


RiskVerdict = Approved | Refused
APPROVED = Approved()


class FilterVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """One condition or filter: what was compared with what, and whether it passed."""

    name: str
    passed: bool
    value: float
    threshold: float
    hard: bool = False
    """A hard condition stops the trade alone; of the filters a given number must pass."""
    note: str = ""


class ModelVote(msgspec.Struct, frozen=True, kw_only=True):
    """What one model contributed to a blend."""

    model: str
    version: str
    weight: float
    edge_bps: float
    probability_up: float
    confidence: float


class DecisionMade(Event, frozen=True, kw_only=True, gc=False, tag="decision"):
    """One instrument's decision in one cycle, with everything that led to it.

    ``sizing`` holds the named steps from edge to weight in the order in which they applied, each the
    target weight (fraction of equity, signed) after that step; ``reason`` says the outcome in words.
    ``current_lots`` and ``target_lots`` are the strategy's own. Forecasts are over ``horizon_bars`` bars of
    ``timeframe``.
    """

    decision_id: str
    strategy: str
    instrument_id: str
    outcome: Outcome
    reason: str
    account: str = "main"
    timeframe: str = "1d"
    horizon_bars: int = 0
    votes: tuple[ModelVote, ...] = ()
    edge_bps: float = 0.0
    cost_bps: float = 0.0
    probability_up: float = 0.5
    confidence: float = 0.0
    verdicts: tuple[FilterVerdict, ...] = ()
    sizing: dict[str, float] = msgspec.field(default_factory=dict)
    factors: dict[str, float] = msgspec.field(default_factory=dict)
    regime: str = ""
    current_lots: int = 0
    target_lots: int = 0
    protection: ProtectionSettings | None = None
    """Where the position is left, a trailing stop for instance; None for what the session has for all."""


class OrderRequested(Event, frozen=True, kw_only=True, gc=False, tag="order_requested"):
    """The loop wants this order sent; it leaves through the outbox."""

    order: Order


class OrderRefused(Event, frozen=True, kw_only=True, gc=False, tag="order_refused"):
    """A limit stood against the order; it was not sent."""

    order: Order
    refusal: Refused


class CancelRequested(Event, frozen=True, kw_only=True, gc=False, tag="cancel_requested"):
    """The loop wants this order taken off the venue's book."""

    client_order_id: str
    instrument_id: str
    reason: str


class BreakerTripped(Event, frozen=True, kw_only=True, gc=False, tag="breaker_tripped"):
    """A circuit breaker stopped something: which, where, on what figure, doing what.

    ``scope_key`` names which class, strategy or instrument it covers (empty for the account).
    """

    breaker: str
    scope: BreakerScope
    action: BreakerAction
    value: float
    threshold: float
    reason: str
    scope_key: str = ""
    rearm: Rearm = Rearm.PERSON


BY_PERSON = "person"
"""Who armed a breaker again, where it was a person."""


class BreakerRearmed(Event, frozen=True, kw_only=True, gc=False, tag="breaker_rearmed"):
    """A breaker was armed again, by a person or by a new trading day."""

    breaker: str
    scope: BreakerScope
    by: str
    scope_key: str = ""


class StrategyMark(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One strategy at the end of a cycle, in 1e-8 of the base currency: what it has earned, and holds."""

    profit_e8: int
    """Realised, unrealised and income less fees, over the whole session."""
    gross_e8: int


class AccountMarked(Event, frozen=True, kw_only=True, gc=False, tag="account_marked"):
    """All accounts at the end of a cycle, in 1e-8 of the base currency."""

    equity_e8: int
    cash_e8: int
    gross_e8: int
    net_e8: int
    drawdown_pct: float
    positions: dict[str, int] = msgspec.field(default_factory=dict)
    """Signed lots by instrument over all accounts and strategies, only what is held."""
    strategies: dict[str, StrategyMark] = msgspec.field(default_factory=dict)
    """What each strategy has earned; those that never traded are left out."""


class InstrumentFailed(Event, frozen=True, kw_only=True, gc=False, tag="instrument_failed"):
    """Deciding for one instrument failed; the others went on."""

    instrument_id: str
    error: str


class CommandRefused(Event, frozen=True, kw_only=True, gc=False, tag="command_refused"):
    """A person's command could not be carried out; nothing was changed by it."""

    verb: str
    argument: str
    reason: str
