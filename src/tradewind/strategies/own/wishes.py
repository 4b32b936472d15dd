"""From what a strategy of one's own wants to decisions: under the ceilings, and said once, not each bar."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real

import msgspec

from tradewind.core.book import Book, PositionKey, capital_e8, held_lots, lots_value_e8, orders_of
from tradewind.core.decisions import DecisionMade, FilterVerdict, Refused
from tradewind.core.errors import ConfigError
from tradewind.core.instruments import Instrument, find_instrument
from tradewind.core.money import round_to_grid
from tradewind.core.vocabulary import Outcome
from tradewind.portfolio.sizing import SizingSettings
from tradewind.portfolio.targets import weights_to_targets
from tradewind.strategies.own.strategy import Target, Wanted

EntryBlock = Callable[[str, str, Book], str]
"""Instrument, strategy and book to the reason why no new entry is allowed; empty when one is."""
Refusal = Callable[[DecisionMade], Refused | None]
"""What would stand against all orders that a decision comes to; None where one would leave."""

_SAME = 1e-9
_LONGEST_WAIT = 255
LOT = "one_lot"
"""The condition that a decision's verdict says of a size that rounding left nothing of."""
MOST = 1e12
"""Larger weights and quantities are mistakes."""


class Wish(msgspec.Struct, kw_only=True):
    """What is wanted of an instrument, the lots that it came to, and what became of it."""

    weight: float = 0.0
    quantity: float | None = None
    reason: str = ""
    lots: int = 0
    sized: float = 0.0
    """The part of the capital that ``lots`` were when they were sized."""
    said: bool = False
    """A decision was made of it."""
    reached: bool = False
    """It was held: what a stop closes afterwards stays closed until something else is wanted."""
    held: int = 0
    """The lots that were held when the decision was made."""
    failures: int = 0
    """How often in a row its order came to nothing."""
    wait: int = 0
    """Moments to let pass before it is tried again."""
    refused: list[str] = msgspec.field(default_factory=list)
    """Limits that have stood against its orders and were said: none of them is said again of this wish."""

    def is_same(self, other: "Wish") -> bool:
        """Whether nothing else is wanted than before."""
        return self.quantity == other.quantity and abs(self.weight - other.weight) <= _SAME


@dataclass(frozen=True)
class Terms:
    """What a strategy's wishes are held against."""

    strategy: str
    account: str
    timeframe: str
    instruments: Mapping[str, Instrument]
    entry_block: EntryBlock
    refusal: Refusal
    sizing: SizingSettings
    risk_level: float
    drift_pct: float

    def holder(self, instrument_id: str) -> PositionKey:
        """The strategy's position in an instrument."""
        return PositionKey(self.account, self.strategy, instrument_id)


def read_wish(instruments: Mapping[str, Instrument], symbol: str, wanted: Wanted) -> tuple[str, Wish]:
    """The instrument's id and what is wanted of it.

    Raises
    ------
    UnknownSymbolError
        The strategy does not trade what it names.
    ConfigError
        What it wants is no number, or both a weight and a quantity.
    """
    name = symbol if symbol in instruments else find_instrument(instruments, symbol).id
    target = wanted if isinstance(wanted, Target) else Target(weight=wanted)
    given = [value for value in (target.weight, target.quantity) if value is not None]
    if len(given) != 1:
        message = f"A target of {name} has {len(given)} of weight and quantity."
        raise ConfigError(message, "Give one of the two.")
    value: object = given[0]
    if isinstance(value, bool) or not isinstance(value, Real) or not abs(float(value)) <= MOST:
        message = f"What the strategy wants of {name} is {value!r}."
        raise ConfigError(message, "Give a number: a part of the capital, such as 0.5; 0.0 is flat.")
    reason: object = target.reason
    if not isinstance(reason, str):
        message = f"The reason for what is wanted of {name} is {target.reason!r}."
        raise ConfigError(message, "Give words.")
    if target.quantity is None:
        return name, Wish(weight=float(value), reason=reason)
    return name, Wish(quantity=float(value), reason=reason)


def decisions(
    wishes: dict[str, Wish], terms: Terms, book: Book, ts_ns: int, first_number: int
) -> list[DecisionMade]:
    """What there is to do about all wishes, one decision an instrument; notes on them what was done."""
    for instrument_id, wish in wishes.items():
        held = held_lots(book, terms.holder(instrument_id))
        wish.reached = wish.reached or (wish.said and _is_near(held, wish.lots, terms.drift_pct))
        wish.wait = max(wish.wait - 1, 0)
    due = {i: wish for i, wish in wishes.items() if _is_due(i, wish, terms, book)}
    if not due:
        return []
    weights = {terms.holder(i): w.weight * terms.risk_level for i, w in due.items() if w.quantity is None}
    sized = {t.holder.instrument_id: t for t in weights_to_targets(weights, book, terms.sizing)}
    made: list[DecisionMade] = []
    for instrument_id, wish in due.items():
        target = sized.get(instrument_id)
        steps, note = (target.steps, target.note) if target is not None else ({}, "")
        lots = target.lots if target is not None else _lots_of(wish, terms.instruments[instrument_id])
        decided = _decided(instrument_id, wish, lots, steps, note, terms, book, ts_ns)
        if decided is not None:
            made.append(
                msgspec.structs.replace(decided, decision_id=f"{terms.strategy}-{first_number + len(made)}")
            )
    return made


def _is_due(instrument_id: str, wish: Wish, terms: Terms, book: Book) -> bool:
    """Whether something new is wanted, an order came to nothing, or a holding has drifted off its weight.

    What comes to nothing again and again (the venue rejects it) is tried after 1, 2, 4 … up to 256 moments.
    """
    if not wish.said:
        return True
    if orders_of(book, terms.holder(instrument_id)):
        return False
    held = held_lots(book, terms.holder(instrument_id))
    if not wish.reached:
        return held != wish.lots and not wish.wait
    if not held or wish.quantity is not None:
        return False
    return _has_drifted(instrument_id, wish, held, terms, book)


def _has_drifted(instrument_id: str, wish: Wish, held: int, terms: Terms, book: Book) -> bool:
    """Whether the holding's part of the capital is off from that which it was sized to."""
    capital = capital_e8(book, terms.strategy)
    if capital <= 0:
        return False
    now = lots_value_e8(book, instrument_id, held) / capital
    return abs(now - wish.sized) * 100.0 > terms.drift_pct * max(abs(now), abs(wish.sized))


def _is_near(held: int, lots: int, drift_pct: float) -> bool:
    """Whether what is held is what is wanted, but for a change too small to be traded."""
    if held * lots <= 0:
        return held == lots
    return abs(lots - held) * 100.0 <= drift_pct * max(abs(held), abs(lots))


def _lots_of(wish: Wish, instrument: Instrument) -> int:
    return round_to_grid(wish.quantity or 0.0, instrument.lot_float)


def _decided(
    instrument_id: str,
    wish: Wish,
    lots: int,
    steps: dict[str, float],
    note: str,
    terms: Terms,
    book: Book,
    ts_ns: int,
) -> DecisionMade | None:
    """The decision on one instrument; None where what stood against it before stands still."""
    held = held_lots(book, terms.holder(instrument_id))
    wish.sized = list(steps.values())[-1] if steps else 0.0
    small = None if lots else _under_a_lot(wish, steps, terms.instruments[instrument_id], terms, book)
    if small is not None:
        note = f"{small.note}; {note}" if note else small.note
    made = DecisionMade(
        ts_event=ts_ns,
        decision_id="",
        strategy=terms.strategy,
        account=terms.account,
        timeframe=terms.timeframe,
        instrument_id=instrument_id,
        outcome=Outcome.TRADE if lots else Outcome.HOLD if small is not None and not held else Outcome.CLOSE,
        reason=_words(wish, steps, note),
        verdicts=(small,) if small is not None else (),
        sizing=steps,
        current_lots=held,
        target_lots=lots,
    )
    block = terms.entry_block(instrument_id, terms.strategy, book) if _opens(held, lots) else ""
    return _blocked(made, block, wish) if block else _tried(made, wish, terms)


def _blocked(made: DecisionMade, block: str, wish: Wish) -> DecisionMade | None:
    """What is left of a decision where a breaker stands against new entries; said once."""
    held, lots = made.current_lots, made.target_lots
    if wish.said and wish.lots == lots:
        return None
    kept = held if held * lots > 0 else 0
    outcome = Outcome.CLOSE if held and not kept else Outcome.BLOCKED
    wish.said, wish.lots, wish.reached, wish.failures, wish.refused = True, lots, False, 0, []
    reason = f"{made.reason}; {block}"
    return msgspec.structs.replace(made, outcome=outcome, reason=reason, target_lots=kept)


def _tried(made: DecisionMade, wish: Wish, terms: Terms) -> DecisionMade | None:
    """The decision, noted on its wish; None where it would change nothing, or the same limit refuses it."""
    held, lots = made.current_lots, made.target_lots
    if wish.said and wish.lots == lots and not wish.reached and lots == held:
        return None
    stands = terms.refusal(made)
    if stands is not None and wish.said and stands.rule in wish.refused:
        return None
    again = wish.said and wish.lots * lots > 0 and wish.held == held and not wish.reached
    wish.failures = wish.failures + 1 if again and not wish.refused else 0
    wish.wait = min(2**wish.failures, _LONGEST_WAIT + 1)
    wish.said, wish.lots, wish.reached = True, lots, _is_near(held, lots, terms.drift_pct)
    wish.held, wish.refused = held, [*wish.refused, stands.rule] if stands is not None else []
    return made


def _under_a_lot(
    wish: Wish, steps: Mapping[str, float], instrument: Instrument, terms: Terms, book: Book
) -> FilterVerdict | None:
    """What was wanted and allowed, in lots, where rounding left nothing of it."""
    if wish.quantity is not None:
        wanted = abs(wish.quantity) / instrument.lot_float
    else:
        allowed = [weight for name, weight in steps.items() if name != "rounding"]
        one = lots_value_e8(book, instrument.id, 1) if "rounding" in steps and abs(allowed[-1]) > _SAME else 0
        wanted = abs(allowed[-1]) * capital_e8(book, terms.strategy) / abs(one) if one else 0.0
    if not wanted:
        return None
    note = f"that is less than one lot, {instrument.lot_size}"
    return FilterVerdict(name=LOT, passed=False, value=wanted, threshold=1.0, hard=True, note=note)


def _opens(held: int, lots: int) -> bool:
    """Whether going from ``held`` to ``lots`` takes on anything new."""
    return bool(lots) and (held * lots <= 0 or abs(lots) > abs(held))


def _words(wish: Wish, steps: Mapping[str, float], note: str) -> str:
    """What was asked for, what cut it, and the strategy's own reason."""
    asked = f"a weight of {wish.weight:g}" if wish.quantity is None else f"a quantity of {wish.quantity:g}"
    said = f"The strategy asks for {asked}"
    before = abs(steps.get("asked", 0.0))
    for name, weight in steps.items():
        if name != "rounding" and abs(weight) < before - _SAME:
            said += f", cut to {weight:.4g} by {name}"
            before = abs(weight)
    if note:
        said += f"; {note}"
    return f"{said}: {wish.reason}" if wish.reason else said
