"""A universe as of a moment: each candidate through each filter, and of those that pass the most liquid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tradewind.core.errors import ConfigError
from tradewind.core.market import Timeframe
from tradewind.core.settings import Location, read_settings
from tradewind.data.universe.filters.liquidity import traded_value
from tradewind.data.universe.registry import FILTERS, Candidate, Screened

_RANKED_DAYS = 90
_DOLLARS = dict.fromkeys(("USDT", "USDC", "FDUSD", "TUSD", "DAI"), "USD")
"""Coins that are worth a dollar, near enough to rank by."""
ALWAYS = "trading"
"""The filter that is asked first of everybody, whether it is named or not."""


@dataclass(frozen=True)
class Standing:
    """What became of one candidate: what each filter said, in order, up to the first that it did not pass.

    ``rank`` is its place by traded value among those that passed, from 1; 0 where it did not.
    """

    instrument_id: str
    inside: bool
    said: tuple[tuple[str, Screened], ...]
    rank: int = 0
    traded_value: float = float("nan")
    called: str = ""
    """What it was called then, where that is not the symbol of its id."""

    @property
    def label(self) -> str:
        """Its id, and the name of the day behind it where that was another."""
        return f"{self.instrument_id} (then {self.called})" if self.called else self.instrument_id

    @property
    def why(self) -> str:
        """The filter that left it out, and its figure; empty where it is in."""
        if self.inside:
            return ""
        name, last = self.said[-1]
        if not last.passes:
            return f"{name}: {last.words}"
        known = not np.isnan(self.traded_value)
        return f"rank {self.rank} by traded value" if known else "no traded value is known to rank it by"


def filter_settings(filters: Mapping[str, Mapping[str, Any]], at: Location) -> dict[str, Any]:
    """The settings of each named filter, the one that everybody is asked first among them.

    Raises
    ------
    RegistryError
        No filter is called so.
    ConfigError
        A setting is unknown, of the wrong type or out of bounds.
    """
    named = {ALWAYS: {}, **filters}
    return {
        name: read_settings(type(FILTERS.get(name).defaults), given, FILTERS.get(name).defaults, (*at, name))
        for name, given in named.items()
    }


def reach_days(settings: Mapping[str, Any], timeframe: str) -> int:
    """Calendar days of bars before a date that the filters and the ranking look at."""
    asked = [
        (reach, own) for name, own in settings.items() if (reach := FILTERS.get(name).reach_days) is not None
    ]
    return max([_RANKED_DAYS, *(reach(own, Timeframe(timeframe)) for reach, own in asked)])


def screen(candidates: Sequence[Candidate], settings: Mapping[str, Any], most: int = 0) -> list[Standing]:
    """What becomes of each candidate, in their order. ``most`` (0: all) keeps those with most traded value.

    Equal values are ranked by name, those without any last, so that the same data always gives the same.

    Raises
    ------
    ConfigError
        ``most`` would rank values in several currencies, which no rate here puts beside each other.
    """
    stood = [_judge(candidate, settings) for candidate in candidates]
    passed = [one for one in stood if one.inside]
    if most:
        _require_one_currency(candidates, passed)
    by_value = sorted(passed, key=lambda one: (_down(one.traded_value), one.instrument_id))
    ranks = {one.instrument_id: n for n, one in enumerate(by_value, start=1)}
    return [
        replace(
            one,
            inside=one.inside and (not most or ranks[one.instrument_id] <= most),
            rank=ranks.get(one.instrument_id, 0),
        )
        for one in stood
    ]


def _require_one_currency(candidates: Sequence[Candidate], passed: Sequence[Standing]) -> None:
    ranked = {one.instrument_id for one in passed if not np.isnan(one.traded_value)}
    quoted = {
        one.instrument.quote_currency: one.instrument.id for one in candidates if one.instrument.id in ranked
    }
    if len({_DOLLARS.get(currency, currency) for currency in quoted}) > 1:
        named = ", ".join(f"{quoted[currency]} in {currency}" for currency in sorted(quoted))
        message = f"Traded values of several currencies cannot be ranked: {named}."
        step = "Set session.universe.most to 0, or keep instruments of one quote currency."
        raise ConfigError(message, step, location=("session", "universe", "most"))


def _judge(candidate: Candidate, settings: Mapping[str, Any]) -> Standing:
    said: list[tuple[str, Screened]] = []
    for name, own in settings.items():
        verdict = FILTERS.get(name)(candidate, own)
        said.append((name, verdict))
        if not verdict.passes:
            break
    inside, called = said[-1][1].passes, candidate.facts.symbol
    return Standing(
        candidate.instrument.id,
        inside,
        tuple(said),
        traded_value=traded_value(candidate, _RANKED_DAYS),
        called=called if called != candidate.instrument.symbol else "",
    )


def _down(value: float) -> float:
    return float("inf") if np.isnan(value) else -value
