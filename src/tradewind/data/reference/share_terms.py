"""What a merger or a spin-off gives for one share, as people write it and as an event of a session.

``0.5 NEW.XNYS`` is half a share of NEW for each one, ``3:2 NEW.XNYS`` three for two. ``0.5 NEW.XNYS at 31.20
+ 12.50`` has 12.50 in cash beside, and says what a share of NEW is worth until a price of it comes. ``54.20``
is cash alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from tradewind.core import accounts
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.vocabulary import ActionKind
from tradewind.data import adjustment
from tradewind.data.reference.facts import Fact, FactKind

_MOST = Decimal(10) ** 9
_FINEST = 10**9
_PAUSE_NS = 5 * NS_PER_DAY
"""So long after its day the first bar without it may come."""


@dataclass(frozen=True)
class ShareTerms:
    """For one old share ``ratio`` shares of ``into`` (empty: none) and ``cash``; ``price`` may be unsaid."""

    ratio: Fraction = Fraction(0)
    into: str = ""
    price: str = ""
    cash: str = "0"

    def words(self) -> str:
        """The same in one text, which :func:`share_terms` reads."""
        shares = ""
        if self.into:
            at = f" at {self.price}" if self.price else ""
            shares = f"{self.ratio.numerator}:{self.ratio.denominator} {self.into}{at}"
        cash = self.cash if Decimal(self.cash) or not shares else ""
        return " + ".join(part for part in (shares, cash) if part)


def share_terms(text: str) -> ShareTerms:
    """Terms out of a text; ValueError in words for what is none."""
    shares, plus, cash = (part.strip() for part in text.partition("+"))
    words = shares.split()
    if not plus and len(words) == 1:
        return ShareTerms(cash=_amount(words[0]))
    if len(words) not in (2, 4) or (len(words) == 4 and words[2] != "at"):
        message = f"{text!r} is no terms: write 0.5 NEW.XNYS, 0.5 NEW.XNYS at 31.20 + 12.50, or an amount"
        raise ValueError(message)
    price = _amount(words[3], above=True) if len(words) == 4 else ""
    return ShareTerms(_ratio(words[0]), words[1], price, _amount(cash) if plus else "0")


def exchange_event(fact: Fact) -> accounts.CorporateAction:
    """A merger or a spin-off that a fact tells of, when it takes effect and is known.

    Raises
    ------
    ValueError
        Its value is no terms; a file of facts is refused for that when it is read.
    """
    terms = share_terms(fact.value)
    return accounts.CorporateAction(
        ts_event=max(fact.effective_ns, fact.known_ns),
        instrument_id=fact.instrument_id,
        kind=ActionKind.MERGER if fact.kind is FactKind.MERGED else ActionKind.SPIN_OFF,
        numerator=terms.ratio.numerator if terms.into else 1,
        denominator=terms.ratio.denominator,
        amount=terms.cash,
        into=terms.into,
        into_price=terms.price,
        source=fact.source,
    )


def spun_off_income(facts: Iterable[Fact]) -> tuple[adjustment.CorporateAction, ...]:
    """What spin-offs gave on one unit, as dividends, where the fact says a price: for returns."""
    found = []
    for fact in facts:
        terms = share_terms(fact.value) if fact.kind is FactKind.SPUN_OFF else ShareTerms()
        if terms.price:
            paid = float(terms.ratio * Fraction(terms.price))
            about = (fact.instrument_id, fact.effective_ns, adjustment.DIVIDEND)
            found.append(adjustment.CorporateAction(*about, 1.0, paid, fact.source))
    return tuple(found)


def spin_off_steps(facts: Iterable[Fact]) -> tuple[tuple[str, int, int], ...]:
    """Where a step of the price is explained by a spin-off, as rule, first and last time: no lost split."""
    return tuple(
        ("suspected_split", fact.effective_ns, fact.effective_ns + _PAUSE_NS)
        for fact in facts
        if fact.kind is FactKind.SPUN_OFF
    )


def _ratio(text: str) -> Fraction:
    new, colon, old = text.partition(":")
    try:
        ratio = Fraction(Decimal(new)) / Fraction(Decimal(old)) if colon else Fraction(Decimal(new))
    except (InvalidOperation, ValueError, OverflowError, ZeroDivisionError) as error:
        message = f"{text!r} is no ratio of shares"
        raise ValueError(message) from error
    if ratio <= 0 or max(ratio.numerator, ratio.denominator) > _FINEST:
        message = f"{text!r} is no ratio of shares"
        raise ValueError(message)
    return ratio


def _amount(text: str, *, above: bool = False) -> str:
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        message = f"{text!r} is no amount"
        raise ValueError(message) from error
    if not amount.is_finite() or not 0 <= amount < _MOST or (above and not amount):
        message = f"{text!r} is no amount that can be paid"
        raise ValueError(message)
    return text
