"""Mergers and spin-offs that facts tell of, as a session can carry them out with its instruments."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import msgspec

from tradewind.core.accounts import CorporateAction
from tradewind.core.errors import ConfigError
from tradewind.core.exchanges import require_exchange
from tradewind.core.instruments import Instrument
from tradewind.core.timestamps import iso
from tradewind.core.vocabulary import ActionKind
from tradewind.data.reference.facts import ENDS, Fact, FactKind
from tradewind.data.reference.share_terms import exchange_event

_PLACES = Decimal("0.00000001")


def merger_of(facts: Iterable[Fact]) -> CorporateAction | None:
    """The merger by which an instrument's trading ends; None where it ends otherwise, or goes on."""
    ended = max(
        (fact for fact in facts if fact.kind in ENDS),
        key=lambda fact: (fact.known_ns, fact.effective_ns),
        default=None,
    )
    return None if ended is None or ended.kind is not FactKind.MERGED else exchange_event(ended)


def spin_offs_of(facts: Iterable[Fact]) -> tuple[list[CorporateAction], list[str]]:
    """Spin-offs of an instrument by the last word on each, and what is to be said of those told of late.

    One that was told of after it took effect is not booked, as a dividend is not: prices are without it.
    """
    newest: dict[tuple[str, int], Fact] = {}
    for fact in sorted(facts, key=lambda f: f.known_ns):
        if fact.kind is FactKind.SPUN_OFF:
            newest[exchange_event(fact).into, fact.effective_ns] = fact
    late = [fact for fact in newest.values() if fact.known_ns > fact.effective_ns]
    return (
        [exchange_event(fact) for fact in newest.values() if fact not in late],
        [
            f"The spin-off of {fact.instrument_id} of {iso(fact.effective_ns)[:10]} was told of after its "
            "day: it is not booked."
            for fact in late
        ],
    )


def with_these(action: CorporateAction, instruments: Mapping[str, Instrument]) -> CorporateAction:
    """The action as a session with these instruments carries it out.

    Shares of an instrument that is not among them count as cash at the price that the action says: a merger
    then pays all in cash, a spin-off is a dividend.

    Raises
    ------
    ConfigError
        It says no price of these shares.
    DataError
        Its terms make no sense.
    """
    old = instruments[action.instrument_id]
    if not action.into or action.into in instruments:
        require_exchange(action, old, instruments.get(action.into))
        return action
    if not action.into_price:
        message = (
            f"{action.instrument_id} turns into shares of {action.into} on {iso(action.ts_event)[:10]}, "
            "which is not an instrument of the session."
        )
        step = f"Add {action.into} to the symbols, or say its price in the fact: {action.into} at PRICE."
        raise ConfigError(message, step)
    shares = Fraction(action.into_price) * Fraction(action.numerator, action.denominator)
    whole = shares + Fraction(action.amount)
    amount = (Decimal(whole.numerator) / whole.denominator).quantize(_PLACES, ROUND_HALF_EVEN)
    merges = action.kind is ActionKind.MERGER
    return msgspec.structs.replace(
        action,
        kind=ActionKind.MERGER if merges else ActionKind.DIVIDEND,
        numerator=1,
        denominator=1,
        amount=f"{amount.normalize():f}",
        into="",
        into_price="",
    )


def require_price(action: CorporateAction, first_ns: int) -> None:
    """ConfigError where nobody says what the new shares are worth: no price in the action, none before it."""
    if not action.into or action.into_price or first_ns < action.ts_event:
        return
    message = (
        f"{action.instrument_id} turns into shares of {action.into} on {iso(action.ts_event)[:10]}, of which "
        "no price is known by then."
    )
    raise ConfigError(message, f"Say it in the fact: {action.into} at PRICE.")
