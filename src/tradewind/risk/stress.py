"""Named scenarios and what they would do to the book.

A scenario gives a move for each class group, and for currencies against the dollar. Historical figures are
those of the S&P 500 and Bitcoin between the dates in each description, rounded; classes that did not trade
then take a stated assumption. A pair's move follows from its two currencies.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from tradewind.core.book import Book, lots_value_e8
from tradewind.core.errors import ConfigError
from tradewind.core.instruments import class_group


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """Moves as fractions. ``currencies`` against the US dollar; one that is not named does not move."""

    name: str
    description: str
    equity: float
    crypto: float
    currencies: dict[str, float] = msgspec.field(default_factory=dict)
    hypothetical: bool = False


SCENARIOS = (
    Scenario(
        name="black_monday_1987",
        description="S&P 500 on 1987-10-19; crypto assumed at twice the move.",
        equity=-0.205,
        crypto=-0.41,
        currencies={"JPY": 0.02, "CHF": 0.02},
    ),
    Scenario(
        name="dotcom_2000_2002",
        description="S&P 500 from 2000-03-24 to 2002-10-09; crypto assumed at 80 %.",
        equity=-0.49,
        crypto=-0.80,
    ),
    Scenario(
        name="financial_crisis_2008",
        description="S&P 500 from 2007-10-09 to 2009-03-09; crypto assumed at 80 %.",
        equity=-0.568,
        crypto=-0.80,
        currencies={"EUR": -0.10, "GBP": -0.32, "AUD": -0.29, "JPY": 0.18},
    ),
    Scenario(
        name="flash_crash_2010",
        description="S&P 500 within the day of 2010-05-06; crypto assumed at three times the move.",
        equity=-0.086,
        crypto=-0.26,
        currencies={"JPY": 0.03, "EUR": -0.02},
    ),
    Scenario(
        name="swiss_franc_2015",
        description="The franc on 2015-01-15, when its floor against the euro fell.",
        equity=-0.01,
        crypto=-0.10,
        currencies={"CHF": 0.20, "EUR": -0.015},
    ),
    Scenario(
        name="pandemic_2020",
        description="S&P 500 from 2020-02-19 to 2020-03-23; Bitcoin over the same days.",
        equity=-0.339,
        crypto=-0.33,
        currencies={"AUD": -0.13, "GBP": -0.11, "EUR": -0.01},
    ),
    Scenario(
        name="rates_2022",
        description="S&P 500 from 2022-01-03 to 2022-10-12; Bitcoin over the same days.",
        equity=-0.254,
        crypto=-0.59,
        currencies={"EUR": -0.14, "GBP": -0.18, "JPY": -0.21},
    ),
    Scenario(
        name="crypto_winter",
        description="Bitcoin from 2021-11-10 to 2022-11-21; the S&P 500 over the same days.",
        equity=-0.15,
        crypto=-0.76,
    ),
    Scenario(
        name="everything_together",
        description="Correlation goes to one: every risk asset falls, havens rise.",
        equity=-0.25,
        crypto=-0.50,
        currencies={"EUR": -0.10, "GBP": -0.12, "AUD": -0.15, "JPY": 0.08, "CHF": 0.08},
        hypothetical=True,
    ),
)


@dataclass(frozen=True)
class StressResult:
    """Change of equity under one scenario, in 1e-8 of the base currency, and by instrument; they add up."""

    scenario: str
    change_e8: int
    fraction: float
    by_id: Mapping[str, int] = field(default_factory=dict)


def move_of(scenario: Scenario, symbol: str, group: str, beta: float = 1.0) -> float:
    """The instrument's move; that of a currency pair follows from its two currencies. Never under -100 %."""
    if group == "fx":
        base, _, quote = symbol.partition("/")
        return (1.0 + scenario.currencies.get(base, 0.0)) / (1.0 + scenario.currencies.get(quote, 0.0)) - 1.0
    shock = scenario.crypto if group == "crypto" else scenario.equity
    return max(shock * beta, -1.0)


def stress(
    book: Book, scenario: Scenario, betas: Mapping[str, float] | None = None, severity: float = 1.0
) -> StressResult:
    """What the scenario would do to what is held now, at once and without trading.

    ``betas`` scale the class's move by instrument (1 where none is given); ``severity`` scales every move.
    Profit in a foreign quote currency is converted at today's rate.
    """
    given = betas or {}
    parts: dict[str, int] = {}
    for instrument_id, lots in book.net_lots.items():
        instrument = book.instruments[instrument_id]
        group = class_group(instrument.asset_class)
        move = move_of(scenario, instrument.symbol, group, given.get(instrument_id, 1.0)) * severity
        parts[instrument_id] = round(lots_value_e8(book, instrument_id, lots) * max(move, -1.0))
    change = sum(parts.values())
    fraction = change / book.equity_e8 if book.equity_e8 > 0 else float("nan")
    return StressResult(scenario.name, change, fraction, parts)


def stress_all(book: Book, betas: Mapping[str, float] | None = None) -> list[StressResult]:
    """Every named scenario, the worst first."""
    return sorted((stress(book, s, betas) for s in SCENARIOS), key=lambda r: (r.change_e8, r.scenario))


def reverse_stress(
    book: Book, scenario: Scenario, loss: float, betas: Mapping[str, float] | None = None
) -> float:
    """How many times the scenario it takes to lose ``loss`` (a fraction of equity); infinite if never.

    Moves end at -100 %, so the answer is searched for between 0 and the point where all have.

    Raises
    ------
    ConfigError
        The loss is not positive.
    """
    if not loss > 0.0:
        message = f"A loss of {loss} is none."
        raise ConfigError(message, "Ask for a positive fraction such as 0.2.")
    low, high = 0.0, 1_000.0
    if not -stress(book, scenario, betas, high).fraction >= loss:
        return float("inf")
    for _ in range(60):
        middle = (low + high) / 2.0
        if -stress(book, scenario, betas, middle).fraction >= loss:
            high = middle
        else:
            low = middle
    return high
