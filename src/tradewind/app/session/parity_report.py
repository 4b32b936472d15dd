"""What differs between a session as it happened and the same day through the backtest, and why.

Decisions are compared one by one, by strategy, instrument and the bar that they were made on; fills by the
decision that they came of; cash to the last 1e-8. Each difference has a reason, and one that has none is
*unexplained*: that is what somebody has to look at.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from tradewind.app.session.parity_run import Filled, Key, Run, gathered
from tradewind.core.decisions import DecisionMade
from tradewind.core.events import Record
from tradewind.core.instruments import Instrument
from tradewind.core.timestamps import iso

Cash = Mapping[str, int]

_NEAR_BPS = 1e-6
"""Forecasts that were made anew are the same within so much."""
UNEXPLAINED = "unexplained"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that differs. ``cash_e8`` is what it made of cash, in the quote currency; 0 for decisions."""

    what: str
    strategy: str
    instrument_id: str
    bar_ts: int
    happened: str
    backtest: str
    why: str
    cash_e8: int = 0

    @property
    def is_explained(self) -> bool:
        """Whether there is a reason for it."""
        return self.why != UNEXPLAINED


class CashParts(msgspec.Struct, frozen=True, kw_only=True):
    """Why the cash in one currency differs, in 1e-8; the parts add up to the difference."""

    currency: str
    difference_e8: int
    price_e8: int
    quantity_e8: int
    fees_e8: int
    other_e8: int

    @property
    def unexplained_e8(self) -> int:
        """What no part explains: always 0, or the books are wrong."""
        return self.difference_e8 - self.price_e8 - self.quantity_e8 - self.fees_e8 - self.other_e8


class ParityReport(msgspec.Struct, frozen=True, kw_only=True):
    """The whole comparison."""

    decisions: int
    same_decisions: int
    fills: int
    backtest_fills: int
    differences: tuple[Difference, ...]
    cash: tuple[CashParts, ...]

    @property
    def unexplained(self) -> tuple[Difference, ...]:
        """Differences without a reason."""
        return tuple(one for one in self.differences if not one.is_explained)


def compared(
    happened: Sequence[Record],
    backtest: Sequence[Record],
    instruments: Mapping[str, Instrument],
    cash: tuple[Cash, Cash],
) -> ParityReport:
    """Both runs held against each other; ``cash`` is what the books of each hold at the end, by currency."""
    real, again = gathered(happened, instruments), gathered(backtest, instruments)
    differences = [*_of_decisions(real, again), *_of_fills(real, again, instruments)]
    keys = real.decisions.keys() | again.decisions.keys()
    different = {(d.strategy, d.instrument_id, d.bar_ts) for d in differences if d.what == "decision"}
    return ParityReport(
        decisions=len(keys),
        same_decisions=len(keys) - len(different),
        fills=sum(one.count for one in real.fills.values()),
        backtest_fills=sum(one.count for one in again.fills.values()),
        differences=tuple(sorted(differences, key=lambda one: (one.bar_ts, one.instrument_id, one.what))),
        cash=tuple(_cash(real, again, instruments, cash)),
    )


# Decisions ----------------------------------------------------------------------------------------


def _of_decisions(real: Run, again: Run) -> Iterable[Difference]:
    for key in sorted(real.decisions.keys() | again.decisions.keys(), key=lambda one: (one[2], one)):
        ours, theirs = real.decisions.get(key), again.decisions.get(key)
        if ours is not None and theirs is not None and _came_to(ours) == _came_to(theirs):
            continue
        yield Difference(
            what="decision",
            strategy=key[0],
            instrument_id=key[1],
            bar_ts=key[2],
            happened=_said(ours),
            backtest=_said(theirs),
            why=_why(key, real, again),
        )


def _came_to(decision: DecisionMade) -> tuple[str, int, int]:
    return decision.outcome.value, decision.current_lots, decision.target_lots


def _said(decision: DecisionMade | None) -> str:
    if decision is None:
        return "none"
    return f"{decision.outcome} {decision.current_lots} to {decision.target_lots} lots: {decision.reason}"


def _why(key: Key, real: Run, again: Run) -> str:
    ours, theirs = real.decisions.get(key), again.decisions.get(key)
    _, instrument_id, bar_ns = key
    if failed := real.failed.get((instrument_id, bar_ns)):
        return f"models did not answer on the day: {'; '.join(failed)}"
    if ours is None or theirs is None:
        if any(begin <= bar_ns <= end for begin, end in real.down):
            return "the session was not running"
        held = real.held_before(key), again.held_before(key)
        if held[0] != held[1]:
            return f"{held[0]} lots were held, {held[1]} in the backtest: other fills before"
        late_s = real.late_s.get((instrument_id, bar_ns), 0.0)
        return f"the bar came {late_s:.1f} s after its close" if late_s > 1.0 else UNEXPLAINED
    if other := _other_votes(ours, theirs):
        return f"forecasts differ: {other}"
    if ours.current_lots != theirs.current_lots:
        return (
            f"{ours.current_lots} lots were held, {theirs.current_lots} in the backtest: other fills before"
        )
    if only := real.halted[key] ^ again.halted[key]:
        return f"only one of the two was stopped by: {', '.join(sorted(only))}"
    if real.equity[key] != again.equity[key]:
        difference = (real.equity[key] - again.equity[key]) / 1e8
        return f"the equity differed by {difference:+.2f}: other fills before"
    return UNEXPLAINED


def _other_votes(ours: DecisionMade, theirs: DecisionMade) -> str:
    one, two = ({vote.model: vote.edge_bps for vote in made.votes} for made in (ours, theirs))
    told = [
        f"{model} {one.get(model)} against {two.get(model)} bps"
        for model in sorted(one.keys() | two.keys())
        if model not in one or model not in two or abs(one[model] - two[model]) > _NEAR_BPS
    ]
    return ", ".join(told)


# Fills and cash -----------------------------------------------------------------------------------


def _of_fills(real: Run, again: Run, instruments: Mapping[str, Instrument]) -> Iterable[Difference]:
    for key in sorted(real.fills.keys() | again.fills.keys(), key=lambda one: (one[2], one)):
        ours, theirs = real.fills.get(key, Filled()), again.fills.get(key, Filled())
        same = (ours.lots, ours.value_e8, dict(ours.fee_e8)) == (
            theirs.lots,
            theirs.value_e8,
            dict(theirs.fee_e8),
        )
        if same:
            continue
        yield Difference(
            what="fill",
            strategy=key[0],
            instrument_id=key[1],
            bar_ts=key[2],
            happened=_filled_words(ours, instruments[key[1]]),
            backtest=_filled_words(theirs, instruments[key[1]]),
            why=_why_filled(key, ours, theirs, real, again),
            cash_e8=theirs.value_e8 - ours.value_e8,
        )


def _totals(filled: Filled) -> tuple[int, int, dict[str, int]]:
    return filled.lots, filled.value_e8, {name: fee for name, fee in filled.fee_e8.items() if fee}


def _filled_words(filled: Filled, instrument: Instrument) -> str:
    if not filled.lots:
        return "nothing"
    average = filled.value_e8 / 1e8 / (filled.lots * float(instrument.lot))
    fees = ", ".join(f"{fee / 1e8:.4f} {currency}" for currency, fee in sorted(filled.fee_e8.items()) if fee)
    return f"{filled.lots:+d} lots at {average:.6g}" + (f", fees {fees}" if fees else "")


def _why_filled(key: Key, ours: Filled, theirs: Filled, real: Run, again: Run) -> str:
    if ours.lots == theirs.lots:
        if ours.value_e8 != theirs.value_e8:
            return "the venue filled at another price than the fill model"
        return "the venue took other fees than the instrument's schedule"
    one, two = real.decisions.get(key), again.decisions.get(key)
    if one is None or two is None or _came_to(one) != _came_to(two):
        return "the decision differed"
    for name, run in (("on the day", real), ("in the backtest", again)):
        if key in run.ended:
            return f"{name} the order was {run.ended[key]}"
    if abs(ours.lots) < abs(theirs.lots):
        return "less was filled on the day"
    return "less was filled in the backtest"


def _cash(
    real: Run, again: Run, instruments: Mapping[str, Instrument], cash: tuple[Cash, Cash]
) -> Iterable[CashParts]:
    """The difference of each currency in parts: prices, quantities, fees, the rest."""
    parts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for key in real.fills.keys() | again.fills.keys():
        ours, theirs = real.fills.get(key, Filled()), again.fills.get(key, Filled())
        of_quantity = _of_quantity(ours, theirs)
        quote = parts[instruments[key[1]].quote_currency]
        quote[0] += theirs.value_e8 - ours.value_e8 - of_quantity
        quote[1] += of_quantity
        for currency in ours.fee_e8.keys() | theirs.fee_e8.keys():
            parts[currency][2] += theirs.fee_e8.get(currency, 0) - ours.fee_e8.get(currency, 0)
    for currency in real.other_cash.keys() | again.other_cash.keys():
        parts[currency][3] += real.other_cash.get(currency, 0) - again.other_cash.get(currency, 0)
    for currency in sorted(parts.keys() | cash[0].keys() | cash[1].keys()):
        price, quantity, fees, other = parts[currency]
        yield CashParts(
            currency=currency,
            difference_e8=cash[0].get(currency, 0) - cash[1].get(currency, 0),
            price_e8=price,
            quantity_e8=quantity,
            fees_e8=fees,
            other_e8=other,
        )


def _of_quantity(ours: Filled, theirs: Filled) -> int:
    """What other lots alone made of cash, at the backtest's price, or the day's where there is none."""
    if ours.lots == theirs.lots:
        return 0
    priced = theirs if theirs.lots else ours
    if not priced.lots:
        return theirs.value_e8 - ours.value_e8
    return round(priced.value_e8 * (theirs.lots - ours.lots) / priced.lots)


def words(report: ParityReport, most: int = 20) -> str:
    """The comparison as text, the oldest differences first."""
    lines = [
        f"{report.same_decisions:,} of {report.decisions:,} decisions came to the same; "
        f"{report.fills:,} fills on the day, {report.backtest_fills:,} in the backtest."
    ]
    lines += [
        f"{iso(one.bar_ts)} {one.what} {one.strategy} {one.instrument_id}: {one.happened}; "
        f"backtest: {one.backtest}. Why: {one.why}."
        for one in report.differences[:most]
    ]
    if len(report.differences) > most:
        lines.append(f"{len(report.differences) - most:,} more differences: see --json.")
    lines += [
        f"Cash in {cash.currency}: {cash.difference_e8 / 1e8:+.2f} against the backtest: prices "
        f"{cash.price_e8 / 1e8:+.2f}, quantities {cash.quantity_e8 / 1e8:+.2f}, fees "
        f"{cash.fees_e8 / 1e8:+.2f}, other {cash.other_e8 / 1e8:+.2f}."
        for cash in report.cash
        if cash.difference_e8
    ]
    lines.append(f"{len(report.unexplained):,} unexplained.")
    return "\n".join(lines)


def parity_table(report: ParityReport) -> dict[str, object]:
    """The comparison as plain values."""
    return {
        **msgspec.to_builtins(report),
        "unexplained": len(report.unexplained),
        "unexplained_cash_e8": {one.currency: one.unexplained_e8 for one in report.cash},
    }
