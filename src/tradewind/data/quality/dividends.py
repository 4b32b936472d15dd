"""Stated dividends held against what the prices did: is each amount in the right unit, and was it paid once?

An amount is weighed against the same amount times 100, by 100 and by a split of the same days. The weights
are logarithms of odds: how well the price's fall on the ex-date fits (Student's t with 4 degrees of freedom
around the amount due; Lange, Little and Taylor, "Robust statistical modeling using the t distribution",
1989), how usual the yield is, and whether it is like the other dividends. Dividends of like size share their
verdict, since a feed that changes its unit changes it for many. Where the provider's own adjusted close says
another amount than the provider states, one of the two is wrong for sure; else a wrong unit is held to be one
in a thousand.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from tradewind.core.panel import Floats, Ints
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.adjustment import DIVIDEND, DOUBTFUL, SPLIT, CorporateAction, split_factors

_FOREVER = 2**63 - 1
_RARE, _RARE_BY_SPLIT = -7.0, -4.0
_SURE, _OTHER_DAY = 2.0, 5.0
_USUAL_YIELD, _YIELD_SPREAD = np.log(0.012), 1.4
_UNLIKE_MOST = 4.0
_SAME_AMOUNT, _LIKE_NEXT, _NEXT_LIKE = 3.0, 7.0, np.log(1.25)
_GAP_OF_KINDS = np.log(6.0)
_NOT_PAID = -40.0
_PAIR_NS = 10 * NS_PER_DAY
_PAIR_LIKE, _NOTHING = 0.15, 0.002
_WAIT = 4


@dataclass(frozen=True)
class JudgedDividend:
    """A stated dividend and what the evidence says of it.

    ``row`` is its first bar among the usable rows (0 or their number: outside). ``fraction`` is the amount as
    a part of the close before it. ``times`` is what the stated amount has to be multiplied by: 1.0 where it
    is believed, 0.0 where it was not paid. ``fault`` is empty, ``unit``, ``twice`` or ``day``; with ``day``
    it belongs to the bar ``moved_to_ns``. ``log_odds`` is how much more likely the verdict is than the
    statement, natural logarithm.
    """

    action: CorporateAction
    row: int
    fraction: float
    times: float = 1.0
    fault: str = ""
    log_odds: float = 0.0
    why: str = ""
    moved_to_ns: int = 0

    @property
    def believed(self) -> float:
        """The amount that is believed, in the currency and on the share count of the stated one."""
        return self.action.value * self.times


@dataclass(frozen=True)
class Market:
    """Usable bars on the last share count, dividends not taken out.

    ``told`` (U,) is the provider's own adjusted close by its close (NaN where it gives none). ``sigma`` is
    one bar's usual log return. In bars longer than a day no day can be told from the next.
    """

    ts_event: Ints
    low: Floats
    close: Floats
    told: Floats
    sigma: float
    by_day: bool = True

    @cached_property
    def usual_low(self) -> tuple[float, float]:
        """Median, and robust deviation, of the logarithm of a bar's low by the close before."""
        fall = np.log(self.low[1:] / self.close[:-1])
        if not len(fall):
            return 0.0, self.sigma
        centre = float(np.median(fall))
        return centre, max(1.4826 * float(np.median(np.abs(fall - centre))), self.sigma)


def judge_dividends(actions: Sequence[CorporateAction], market: Market) -> tuple[JudgedDividend, ...]:
    """All dividends among the actions, oldest first, judged; those outside the rows are believed."""
    stated = sorted((a for a in actions if a.kind in (DIVIDEND, DOUBTFUL)), key=lambda a: a.ex_ns)
    if not stated:
        return ()
    ex_ns = np.array([a.ex_ns for a in stated], dtype=np.int64)
    amount = np.array([a.value for a in stated]) * split_factors(actions, ex_ns, _FOREVER)
    rows = np.searchsorted(market.ts_event, ex_ns)
    judged = []
    for action, paid, row in zip(stated, amount.tolist(), rows.tolist(), strict=True):
        inside = 0 < row < len(market.close)
        judged.append(JudgedDividend(action, row, paid / float(market.close[row - 1]) if inside else 0.0))
    splits = [a for a in actions if a.kind == SPLIT]
    return tuple(_pairs(_units(_days(judged, market), splits, market), market))


def believed_actions(
    actions: Sequence[CorporateAction], judged: Sequence[JudgedDividend]
) -> tuple[CorporateAction, ...]:
    """The actions with dividends as they are believed, those that were not paid left out."""
    kept = [a for a in actions if a.kind not in (DIVIDEND, DOUBTFUL)]
    for one in judged:
        action = one.action
        if one.fault:
            factor = 1.0 - one.fraction * one.times
            if one.times == 0.0 or factor <= 0.0:
                continue
            ex_ns = one.moved_to_ns or action.ex_ns
            action = replace(action, kind=DIVIDEND, ex_ns=ex_ns, price_factor=factor, value=one.believed)
        if action.kind == DIVIDEND:
            kept.append(action)
    return tuple(sorted(kept, key=lambda a: (a.ex_ns, a.kind != SPLIT)))


def told_fraction(market: Market, row: int) -> float:
    """Which part of the close before a bar the provider's own adjusted closes take for a dividend."""
    return float(1.0 - market.told[row - 1] / market.told[row])


def _units(
    judged: list[JudgedDividend], splits: Sequence[CorporateAction], market: Market
) -> list[JudgedDividend]:
    inside = [n for n, one in enumerate(judged) if one.fraction > 0.0 and not one.fault]
    found = list(judged)
    for group, told in _groups(judged, inside, splits, market):
        scales = {0.01: _RARE, 100.0: _RARE} | _by_split(judged, group, splits)
        if told is not None:
            scales = {told: 0.0}
        best, odds = 1.0, 0.0 if told is not None else _SURE
        for times, prior in scales.items():
            priced = _priced(judged, group, times, market) - _priced(judged, group, 1.0, market)
            alike = _LIKE_NEXT * (priced > -1.0 and _like_next(judged, group, times))
            if times > 1.0 and told is None and not alike and priced < _SURE:
                continue  # some shares pay next to nothing: the price or the next ones must say more
            weight = prior + priced + alike + _usual(judged, group, inside, times)
            weight -= _usual(judged, group, inside, 1.0)
            if weight > odds:
                best, odds = times, weight
        if best != 1.0:
            for n in group:
                found[n] = _wrong_unit(judged[n], best, odds, told is not None, market)
    return found


def _groups(
    judged: Sequence[JudgedDividend], inside: list[int], splits: Sequence[CorporateAction], market: Market
) -> list[tuple[list[int], float | None]]:
    """Dividends of like size of which the adjusted close says the same, with the factor that it says."""
    told = {n: _told_times(judged[n], splits, market) for n in inside}
    groups: list[tuple[list[int], float | None]] = []
    for said in sorted(set(told.values()), key=lambda value: value or 0.0):
        ordered = sorted((n for n in inside if told[n] == said), key=lambda n: judged[n].fraction)
        for place, n in enumerate(ordered):
            near = place and np.log(judged[n].fraction / judged[ordered[place - 1]].fraction) < _GAP_OF_KINDS
            if near:
                groups[-1][0].append(n)
            else:
                groups.append(([n], said))
    return groups


def _told_times(one: JudgedDividend, splits: Sequence[CorporateAction], market: Market) -> float | None:
    """By which known factor the adjusted close's own amount differs from the stated one; None if by none."""
    if not (np.isfinite(market.told[one.row - 1 : one.row + 1]) & (market.told[one.row - 1] > 0)).all():
        return None
    ratio = told_fraction(market, one.row) / one.fraction
    near = [0.01, 100.0, *(_ratios(one, splits))]
    fitting = [times for times in near if ratio > 0.0 and abs(np.log(ratio / times)) < 0.1]
    return fitting[0] if fitting else None


def _by_split(
    judged: Sequence[JudgedDividend], group: list[int], splits: Sequence[CorporateAction]
) -> dict[float, float]:
    return {times: _RARE_BY_SPLIT for n in group for times in _ratios(judged[n], splits)}


def _ratios(one: JudgedDividend, splits: Sequence[CorporateAction]) -> list[float]:
    close_by = [a.value for a in splits if abs(a.ex_ns - one.action.ex_ns) <= _PAIR_NS]
    return [times for value in close_by if abs(np.log(value)) > 0.2 for times in (1.0 / value, value)]


def _like_next(judged: Sequence[JudgedDividend], group: list[int], times: float) -> bool:
    """Whether each amount times ``times`` is that of the dividends before and after it, to a quarter.

    Those at an end are held against the next two on the other side.
    """
    others = [n for n in range(len(judged)) if n not in group]
    if len(others) < 2:
        return False
    amounts = np.log([judged[n].action.value for n in others])
    for n in group:
        place = min(max(int(np.searchsorted(others, n)), 1), len(others) - 1)
        apart = np.log(judged[n].action.value * times) - amounts[place - 1 : place + 1]
        if np.any(np.abs(apart) > _NEXT_LIKE):
            return False
    return True


def _priced(judged: Sequence[JudgedDividend], group: list[int], times: float, market: Market) -> float:
    """Log likelihood of the price's falls with a group's amounts times ``times``, up to a constant."""
    return sum(_fits(market, judged[n].row, judged[n].fraction * times) for n in group)


def _usual(judged: Sequence[JudgedDividend], group: list[int], inside: list[int], times: float) -> float:
    """How usual such yields are, and how like the other dividends: log likelihood up to a constant.

    A group that pays again and again says more of its yield than one payment, as the root of their number.
    """
    fractions = np.array([judged[n].fraction for n in group]) * times
    level = float(np.mean(np.log(fractions)))
    usual = max(-0.5 * ((level - _USUAL_YIELD) / _YIELD_SPREAD) ** 2, -6.0) * np.sqrt(len(group))
    others = [judged[n] for n in inside if n not in group]
    alike = 0.0
    if others:
        distance = level - float(np.median([np.log(one.fraction) for one in others]))
        alike = -min(0.5 * distance**2, _UNLIKE_MOST)
        amounts = np.array([one.action.value for one in others])
        mine = np.array([judged[n].action.value for n in group]) * times
        alike += _SAME_AMOUNT * bool(np.any(np.abs(mine[:, None] / amounts[None, :] - 1.0) < 0.005))
    return float(usual + alike)


def _fits(market: Market, row: int, fraction: float) -> float:
    """How well the fall into a bar, of its low and of its close, fits a dividend of such a part of the price.

    The low has its own usual distance from the close before. 0.0 where nobody traded for some bars.
    """
    if fraction >= 1.0:
        return _NOT_PAID
    moved = np.flatnonzero(market.close[row : row + _WAIT] != market.close[row - 1])
    if not len(moved):
        return 0.0
    before, at = market.close[row - 1], row + int(moved[0])
    due = np.log1p(-fraction)
    centre, deviation = market.usual_low
    by_low = _student((np.log(market.low[at] / before) - centre - due) / deviation)
    return 0.5 * (by_low + _student((np.log(market.close[at] / before) - due) / market.sigma))


def _student(deviations: float) -> float:
    return -2.5 * float(np.log1p(deviations**2 / 4.0))


def _wrong_unit(one: JudgedDividend, times: float, odds: float, told: bool, market: Market) -> JudgedDividend:
    fall = 100.0 * (1.0 - market.close[one.row] / market.close[one.row - 1])
    why = f"it is {100 * one.fraction:.4g} % of the price, which fell {fall:.2f} %"
    if told:
        why += "; the provider's own adjusted close says the smaller" if times < 1 else "; its own says more"
    return replace(one, times=times, fault="unit", log_odds=odds, why=why)


def _pairs(judged: list[JudgedDividend], market: Market) -> list[JudgedDividend]:
    """Of two like amounts within ten days one was not paid, unless that is how often this one pays."""
    days = np.array([one.action.ex_ns for one in judged])
    if len(days) > 2 and float(np.median(np.diff(days))) <= _PAIR_NS:
        return judged
    found = list(judged)
    for n in range(1, len(found)):
        first, second = found[n - 1], found[n]
        if second.action.ex_ns - first.action.ex_ns > _PAIR_NS or not (first.fraction and second.fraction):
            continue
        ratio = first.believed / second.believed if second.believed else 0.0
        if abs(ratio - 1.0) > _PAIR_LIKE or first.row == second.row:
            continue
        wrong, odds, by = _not_paid(market, first, second)
        other = found[n - 1 if wrong is second else n].action
        why = f"{other.value:g} is stated within ten days too, and {by}"
        place = n if wrong is second else n - 1
        found[place] = replace(wrong, times=0.0, fault="twice", log_odds=odds, why=why)
    return found


def _not_paid(
    market: Market, first: JudgedDividend, second: JudgedDividend
) -> tuple[JudgedDividend, float, str]:
    """Which of two like dividends was not paid, with the weight of what says so, and in words."""
    said = [told_fraction(market, one.row) / (one.fraction * one.times) for one in (first, second)]
    if min(abs(said[0]), abs(said[1])) < _NOTHING and abs(max(said) - 1.0) < 0.2:
        wrong = first if abs(said[0]) < abs(said[1]) else second
        return wrong, -_RARE, "the provider's own adjusted close takes out that one"
    neither = [_fits(market, one.row, 0.0) for one in (first, second)]
    paid = [_fits(market, one.row, one.fraction * one.times) for one in (first, second)]
    odds = (paid[0] + neither[1]) - (neither[0] + paid[1])
    words = "the price fell for that one" if abs(odds) > 1.0 else "the price does not tell which of them"
    return (second if odds > 0.0 else first), abs(odds), words


def _days(judged: list[JudgedDividend], market: Market) -> list[JudgedDividend]:
    """An amount that moves the price by itself, on a day on which the price stood, and fell beside it."""
    found = list(judged)
    for n, one in enumerate(judged):
        due = one.fraction
        if not market.by_day or not max(5.0 * market.sigma, 0.03) < due < 0.9:
            continue
        stated = _fits(market, one.row, due) - _fits(market, one.row, 0.0)
        near = [row for row in (one.row - 1, one.row + 1) if 0 < row < len(market.close)]
        gains = {row: _fits(market, row, due) - _fits(market, row, 0.0) for row in near}
        best = max(gains, key=lambda row: gains[row], default=0)
        if best and gains[best] - stated > _OTHER_DAY and gains[best] > _SURE:
            why = f"the price did not fall on it, and fell {100 * due:.3g} % worth beside it"
            moved = int(market.ts_event[best - 1]) + 1
            odds = gains[best] - stated
            found[n] = replace(one, fault="day", log_odds=odds, why=why, moved_to_ns=moved)
    return found
