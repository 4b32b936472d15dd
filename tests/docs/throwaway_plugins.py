"""One throw-away file for each plug-in folder, and a program that uses them all."""

FACTOR = '''"""A throw-away factor."""

from tradewind.core.panel import Floats
from tradewind.factors.memory import Window
from tradewind.factors.registry import factor


@factor(
    name="throwaway_factor", group="price", inputs=["close"], memory=Window(1), formula="2 C", source="here"
)
def throwaway_factor(close: Floats) -> Floats:
    """Twice the close."""
    return 2.0 * close
'''

RULE_MODEL = '''"""A throw-away rule model."""

from tradewind.alphas.ruled import RuleRows, rule
from tradewind.core.panel import Floats


@rule("throwaway_rule", needs=("factor_0",), published_bps=1.0, source="here")
def throwaway_rule(rows: RuleRows) -> Floats:
    """The factor as it is."""
    return rows["factor_0"]
'''

LEARNER = '''"""A throw-away learner."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from tradewind.alphas.factories import learner
from tradewind.alphas.learner import Lesson
from tradewind.alphas.preparation import Rows
from tradewind.core.panel import Floats


@learner("throwaway_learner", family="classical")
@dataclass
class ThrowawayLearner:
    """Leans on the first column."""

    wanted: ClassVar[tuple[str, ...] | None] = None
    stops_early: ClassVar[bool] = False
    lookback: int = field(default=1, init=False)

    def fit(self, train: Lesson, validation: Lesson, seed: int) -> None:
        """Nothing to learn."""

    def score(self, rows: Rows) -> Floats:
        """The first column."""
        return rows.scaled()[:, 0]

    def files(self) -> dict[str, bytes]:
        """Nothing learnt."""
        return {}

    def restore(self, files: Mapping[str, bytes]) -> None:
        """Nothing to restore."""

    def importance(self) -> Floats | None:
        """None."""
        return None

    def notes(self) -> dict[str, object]:
        """None."""
        return {}
'''

RISK_RULE = '''"""A throw-away limit."""

import msgspec

from tradewind.core.decisions import APPROVED, Refused, RiskVerdict
from tradewind.core.instruments import Instrument
from tradewind.core.orders import Order
from tradewind.risk.registry import risk_rule
from tradewind.risk.view import OrderView


class ThrowawayLimit(msgspec.Struct, frozen=True, kw_only=True):
    """Most lots of an order."""

    lots: int = 1_000_000_000


@risk_rule("throwaway_limit", ThrowawayLimit(), stage=0)
def throwaway_limit(
    order: Order, instrument: Instrument, view: OrderView, settings: ThrowawayLimit
) -> RiskVerdict:
    """Refuse larger orders."""
    if order.quantity_lots <= settings.lots:
        return APPROVED
    return Refused(rule="throwaway_limit", reason="Too many lots.")
'''

BREAKER = '''"""A throw-away breaker."""

from collections.abc import Sequence

import msgspec

from tradewind.core.book import Book
from tradewind.risk.alarm import Alarm
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import Watch, breaker


class ThrowawayBreaker(msgspec.Struct, frozen=True, kw_only=True):
    """Equity under which it notes something, in whole cash."""

    equity: float = 0.0


@breaker("throwaway_breaker", ThrowawayBreaker(), severity=9, watch=Watch.EQUITY)
def throwaway_breaker(book: Book, hours: MarketHours, settings: ThrowawayBreaker) -> Sequence[Alarm]:
    """Found at an equity under the bound."""
    equity = book.equity_e8 / 1e8
    if equity >= settings.equity:
        return ()
    return (Alarm("account", "", "note", equity, settings.equity, "Under the bound.", "next_day"),)
'''

BLEND = '''"""A throw-away blend."""

from tradewind.ensemble.registry import BLENDS, BlendSettings, Combined, Views


@BLENDS.register("throwaway_blend")
def throwaway_blend(views: Views, settings: BlendSettings) -> Combined:
    """The first model alone."""
    shares = [1.0] + [0.0] * (len(views.edges) - 1)
    return Combined(views.edges[0], views.probabilities[0], views.confidences[0], shares)
'''

FILTER = '''"""A throw-away filter."""

from tradewind.core.decisions import FilterVerdict
from tradewind.ensemble.filter_registry import FILTERS, FilterInput, FilterSettings, above


@FILTERS.register("throwaway_filter")
def throwaway_filter(inputs: FilterInput, settings: FilterSettings) -> FilterVerdict:
    """The close above 1."""
    return above("throwaway_filter", inputs.get("close"), 1.0)
'''

UNIVERSE_FILTER = '''"""A throw-away universe filter."""

from tradewind.core.settings import Settings
from tradewind.data.universe.registry import Candidate, Screened, universe_filter, within


@universe_filter("throwaway_universe", Settings())
def throwaway_universe(candidate: Candidate, settings: Settings) -> Screened:
    """Ten bars at least."""
    return within(float(len(candidate.bars)), 10.0, 1e9, "its bars")
'''

PROFILE = '''"""A throw-away regime profile."""

from tradewind.ensemble.regime import PROFILES, Regime, RegimeInputs


@PROFILES.register("throwaway_profile")
def throwaway_profile(inputs: RegimeInputs) -> Regime | None:
    """Never sure."""
    return None
'''

PROVIDER = '''"""A throw-away provider."""

from collections.abc import Sequence

import numpy as np

from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.data.registry import PROVIDERS


@PROVIDERS.register("throwaway_provider")
class ThrowawayProvider:
    """Five made-up bars of AAPL."""

    name = "throwaway_provider"

    def symbols(self) -> Sequence[str]:
        """One."""
        return ("AAPL",)

    def bars(self, request: BarRequest) -> BarColumns:
        """Always the same."""
        close = np.array([100.0, 101.0, 102.0, 101.0, 103.0])
        times = np.array([f"2021-03-0{day}T21:00" for day in range(1, 6)], "datetime64[ns]").astype(np.int64)
        return BarColumns(
            instrument_id=request.instrument_id,
            timeframe="1d",
            ts_event=times,
            open=close,
            high=close + 1.0,
            low=close - 1.0,
            close=close,
            volume=np.full(5, 1e6),
            source="throwaway",
            synthetic=True,
        )
'''

TEXT_SOURCE = '''"""A throw-away source of texts."""

from collections.abc import Iterator

from tradewind.core.texts import TextItem, TextKind, TextPage, TextRequest
from tradewind.data.registry import TEXTS


@TEXTS.register("throwaway_texts")
class ThrowawayTexts:
    """One text."""

    name = "throwaway_texts"
    kinds = (TextKind.NEWS,)
    publication_delay_s: float | None = None

    def texts(self, request: TextRequest) -> Iterator[TextPage]:
        """Always the same."""
        at = request.start_ns
        times = {"ts_published": at, "ts_changed": at, "ts_seen": at}
        item = TextItem(source=self.name, id="1", kind=TextKind.NEWS, title="Thrown away", **times)
        yield TextPage(items=(item,))
'''

QUALITY_RULE = '''"""A throw-away quality rule."""

from collections.abc import Iterator

from tradewind.data.quality.finding import RULES, Dimension, Finding, Severity
from tradewind.data.quality.inspection import Inspection


@RULES.register("throwaway_quality")
def throwaway_quality(seen: Inspection) -> Iterator[Finding]:
    """The first row is always worth a word."""
    first = int(seen.raw.ts_event[0])
    yield Finding("throwaway_quality", Dimension.VALIDITY, Severity.WARNING, first, 0, "first", 1.0)
'''

SERIES = '''"""A throw-away source of series."""

from collections.abc import Mapping
from typing import ClassVar

from tradewind.core.series import Observation, Observations, SeriesRequest, observations_of
from tradewind.data.registry import SERIES


@SERIES.register("throwaway_series")
class ThrowawaySeries:
    """One value and its revision."""

    name = "throwaway_series"
    known: ClassVar[Mapping[str, str]] = {"A": "made up"}

    def observations(self, request: SeriesRequest) -> Observations:
        """Always the same."""
        first = Observation(request.series_id, 0, 10, 1.0, "mm")
        return observations_of(request.series_id, self.name, [first, first._replace(ts_known=20, value=2.0)])
'''

FILES = {
    "factors/price/throwaway_factor.py": FACTOR,
    "alphas/rules/throwaway_rule.py": RULE_MODEL,
    "alphas/classical/throwaway_learner.py": LEARNER,
    "risk/rules/throwaway_limit.py": RISK_RULE,
    "risk/breakers/throwaway_breaker.py": BREAKER,
    "ensemble/blending/throwaway_blend.py": BLEND,
    "ensemble/filters/throwaway_filter.py": FILTER,
    "ensemble/regimes/throwaway_profile.py": PROFILE,
    "data/vendors/throwaway_provider.py": PROVIDER,
    "data/vendors/throwaway_series.py": SERIES,
    "data/vendors/throwaway_texts.py": TEXT_SOURCE,
    "data/quality/rules/throwaway_quality.py": QUALITY_RULE,
    "data/universe/filters/throwaway_universe.py": UNIVERSE_FILTER,
}

PROGRAM = """
import json, sys
from decimal import Decimal
from pathlib import Path

import numpy as np
from sma_cross import RISK, SmaCross, synthetic_bars

import tradewind
from tradewind.alphas.registry import MODELS
from tradewind.app.session.own_strategy import run_strategy
from tradewind.app.config import DateWindow, load_config
from tradewind.app.market.history import load_series
from tradewind.app.market.series import fetch_series, series_as_of
from tradewind.app.market.texts import fetch_texts
from tradewind.app.market.workspace import open_workspace
from tradewind.core.decisions import BreakerTripped, OrderRefused
from tradewind.core.forecasts import Forecast
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.panel import panel_from_bars
from tradewind.core.texts import TextRequest
from tradewind.ensemble.blend import Blender
from tradewind.ensemble.filter_registry import FILTERS, FilterSettings
from tradewind.ensemble.filtering import FilterSet
from tradewind.ensemble.regime import RegimeSettings, RegimeTracker
from tradewind.ensemble.registry import BLENDS, BlendSettings
from tradewind.factors.engine import compute
from tradewind.validation.known_markets import known_market

said = {"package": str(Path(tradewind.__file__).parent)}

config = load_config(None, home=Path(sys.argv[1]), provider="throwaway_provider")
window = DateWindow(start="2021-03-01", end="2021-04-01")
series = load_series(open_workspace(config), ["AAPL"], window)["AAPL.XNAS"]
said["throwaway_provider"] = len(series.bars)
said["throwaway_quality"] = [f.rule for f in series.findings].count("throwaway_quality")
fetched, _ = fetch_series(config, ["throwaway_series:A"])
as_of = [series_as_of(config, "throwaway_series:A", at).value.tolist() for at in (9, 10, 20)]
said["throwaway_series"] = fetched[0].added == 2 and as_of == [[], [1.0], [2.0]]
asked = TextRequest(window.start_ns, window.end_ns)
said["throwaway_texts"] = fetch_texts(config, ["throwaway_texts"], asked)[0].new
cube = compute(panel_from_bars([series.bars]), ["throwaway_factor"], threads=1)
said["throwaway_factor"] = bool(np.array_equal(cube.column("throwaway_factor")[:, 0], 2 * series.bars.close))

samples = known_market("linear", days=300, instruments=4, seed=1).samples
for name in ("throwaway_rule", "throwaway_learner"):
    model = MODELS.get(name)()
    model.fit(samples, None, 1)
    said[name] = bool(np.isfinite(model.predict(samples).probability_up).all())

def forecast(model, edge):
    return Forecast(ts_event=1, instrument_id="AAPL.XNAS", model=model, model_version="1", horizon_bars=5,
                    confidence=0.2, expected_return_bps=edge, probability_up=0.6, lower_bps=-1.0,
                    upper_bps=9.0)

blend = Blender(BlendSettings(method="throwaway_blend"), 5).blend([forecast("a", 7.0), forecast("b", 1.0)])
both = Blender(BlendSettings(method="mean"), 5).blend([forecast("a", 7.0), forecast("b", 1.0)])
said["throwaway_blend"] = blend.edge_bps > both.edge_bps > 0
chosen = FilterSettings(filters=("probability", "throwaway_filter"), needed=2)
ran = FilterSet(chosen).run({"close": 2.0}, 0.9, 1, 0.5)
said["throwaway_filter"] = ran.passed and ran.verdicts[1].name == "throwaway_filter"
tracker = RegimeTracker(RegimeSettings(profile="throwaway_profile"), [0.01] * 400)
said["throwaway_profile"] = tracker.current() is None

demo = Instrument(symbol="DEMO", asset_class=AssetClass.EQUITY, venue="SIM", quote_currency="USD",
                  tick_size="0.01", lot_size="1", calendar="24/7")
own = {"throwaway_limit": {"lots": 50}, "throwaway_breaker": {"equity": 200_000.0}}
strategy = SmaCross("DEMO.SIM", fast=5, slow=20, lots=100, short=True)
bars = synthetic_bars(400, "DEMO.SIM")
outcome = run_strategy(strategy, [demo], bars, cash=Decimal(100_000), risk=RISK | own)
refused = [r.event.refusal.rule for r in outcome.journal.read_kind(OrderRefused)]
tripped = [r.event.breaker for r in outcome.journal.read_kind(BreakerTripped)]
said["throwaway_limit"] = refused.count("throwaway_limit")
said["throwaway_breaker"] = tripped.count("throwaway_breaker")
from tradewind.data.universe.screening import filter_settings

named = filter_settings({"throwaway_universe": {}}, ("universe",))
said["throwaway_universe"] = "throwaway_universe" in named
print(json.dumps(said))
"""
