"""Faults in strategies, instruments, risk, planner, venue and feed: each is refused with its line and key."""

import pytest

from tradewind.app.config import load_config
from tradewind.app.config_check import check_config
from tradewind.core.errors import TradewindError

MINE = """
import tradewind as tw


class Mine(tw.Strategy):
    factors = ("rsi_{length}",)
    length: int = 14

    def on_bar(self, bar, now):
        return 0.0
"""
FILES = {
    "mine.py": MINE,
    "broken.py": "import nosuchmodule\n",
    "two.py": "import tradewind as tw\nclass A(tw.Strategy): pass\nclass B(tw.Strategy): pass\n",
    "sig.csv": "time,symbol,weight\n2020-01-01,MSFT,much\n",
    "odd.csv": "time,symbol,weight\n2020-01-01,NOSUCH,1\n",
    "ok.csv": "time,symbol,weight\n2020-01-01,MSFT,1\n",
}


@pytest.fixture
def folder(tmp_path):
    """A folder with files of strategies and signals."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


FAULTS = [
    (
        "session:\n  strategies:\n  - use: nosuch.py",
        "line 3: session.strategies.0.use: The strategy's file nosuch.py cannot b",
    ),
    (
        "session:\n  strategies:\n  - use: broken.py",
        "line 3: session.strategies.0.use: broken.py, line 1 does not import: Mod",
    ),
    (
        "session:\n  strategies:\n  - use: two.py",
        "line 3: session.strategies.0.use: two.py has 2 strategies. Name one as t",
    ),
    (
        "session:\n  strategies:\n  - use: mine.py:Other",
        "line 3: session.strategies.0.use: mine.py has no strategy 'Other'. Name",
    ),
    (
        "session:\n  strategies:\n  - use: mine.py\n    parameters:\n      lenth: 3",
        "line 5: session.strategies.0.parameters.lenth: Mine has no parameter 'le",
    ),
    (
        "session:\n  strategies:\n  - use: mine.py\n    parameters:\n      length: long",
        "line 5: session.strategies.0.parameters.length: parameters.length is 'lo",
    ),
    (
        "session:\n  strategies:\n  - use: mine.py\n    parameters:\n      length: 77777",
        "line 3: session.strategies.0.use: The factor 'rsi_77777' has n = 77777.",
    ),
    (
        "session:\n  strategies:\n  - use: mine.py\n    models: [oracle]",
        "line 4: session.strategies.0.models: There is no model called 'oracle'.",
    ),
    (
        "session:\n  strategies:\n  - use: mine.py\n    decision:\n      sizing:\n        levrage: 2",
        "line 6: session.strategies.0.decision.sizing has no setting 'levrage'. K",
    ),
    (
        "session:\n  strategies:\n  - use: mine.py\n    decision:\n      blend: {method: mean}",
        "line 5: session.strategies.0.decision.blend is of the forecast blend; a",
    ),
    (
        "session:\n  strategies:\n  - use: sig.csv",
        "line 3: session.strategies.0.use: sig.csv, row 1: the weight in 'weight'",
    ),
    (
        "session:\n  strategies:\n  - use: odd.csv",
        "line 3: session.strategies.0.use: No instrument is called 'NOSUCH'. Know",
    ),
    (
        "session:\n  symbols: [NVDA]\n  strategies:\n  - use: ok.csv",
        "line 4: session.strategies.0.use: ok.csv speaks of MSFT.XNAS, traded is NVDA.XNAS",
    ),
    (
        "session:\n  strategies:\n  - name: a\n    kind: own",
        "line 3: session.strategies.0: kind 'own' and use '' do not go together:",
    ),
    (
        "session:\n  strategies:\n  - name: a\n    parameters: {x: 1}",
        "line 3: session.strategies.0: parameters are those of an own strategy: n",
    ),
    (
        "session:\n  strategies:\n  - name: a\n  - name: a",
        "line 2: session.strategies: two strategies are called a: give each a nam",
    ),
    (
        "session:\n  strategies:\n  - name: a\n    capital_share: 0.7\n  - name: b\n    capital_share: 0.7",
        "line 2: session.strategies: the capital shares are 1.4 together (a 0.7,",
    ),
    (
        "session:\n  strategies:\n  - name: allocator",
        "line 3: session.strategies.0.name: 'allocator' cannot name a strategy: u",
    ),
    (
        "session:\n  strategies:\n  - name: a\n    timeframe: 7m",
        "line 4: session.strategies.0.timeframe: there are no bars of '7m': use o",
    ),
    (
        "session:\n  strategies:\n  - name: a\n    symbls: [MSFT]",
        "line 4: session.strategies.0.symbls: there is no such setting. Did you m",
    ),
    (
        "session:\n  strategies:\n  - name: a\n    symbols: [NOSUCH]",
        "line 4: session.strategies.0.symbols: No instrument is called 'NOSUCH'.",
    ),
    (
        "session:\n  strategies:\n  - name: a\n    decision:\n      filters:\n        neded: 5",
        "line 6: session.strategies.0.decision.filters has no setting 'neded'. Kn",
    ),
    (
        "session:\n  strategies:\n  - name: a\n    decision:\n      references:\n        equity: NOSUCH",
        "line 6: session.strategies.0.decision.references.equity: No instrument i",
    ),
    (
        "session:\n  strategies:\n  - name: a\n    decision:\n      blend:\n        method: oracle",
        "line 6: session.strategies.0.decision.blend.method: There is no way of b",
    ),
    (
        "session:\n  strategies:\n  - name: a\n    decision:\n      filters:\n        names: {adx: adxx}",
        "line 6: session.strategies.0.decision.filters.names.adx: There is no fac",
    ),
    (
        "session:\n  allocator: fair",
        "line 2: session.allocator: Input should be 'fixed' or 'equal_risk' (it i",
    ),
    (
        "decision:\n  context:\n    window: -1",
        "line 3: decision.context.window is -1: Expected `int` >= 1. Correct the",
    ),
    (
        "instruments:\n  ACME:\n    tik: 1",
        "line 3: instruments.ACME.tik: there is no such setting. Did you mean tic",
    ),
    (
        "instruments:\n  ACME:\n    tick: '0'",
        "line 3: instruments.ACME.tick: '0' is no step above nothing, such as '0.",
    ),
    (
        "instruments:\n  ACME:\n    calendar: MARS",
        "line 3: instruments.ACME.calendar: No calendar is called 'MARS'. Did you",
    ),
    (
        "instruments:\n  ACME:\n    asset_class: bond",
        "line 3: instruments.ACME.asset_class: Input should be 'equity', 'etf', '",
    ),
    (
        "instruments:\n  ACME:\n    currency: dollars",
        "line 3: instruments.ACME.currency: String should match pattern '^([A-Z]{",
    ),
    (
        "instruments:\n  ACME:\n    fees:\n      taker_bps: -1",
        "line 4: instruments.ACME.fees.taker_bps: Input should be greater than or",
    ),
    (
        "instruments:\n  ACME:\n    fees:\n      takr_bps: 1",
        "line 4: instruments.ACME.fees.takr_bps: there is no such setting. Did yo",
    ),
    (
        "instruments:\n  ACME: {}\n  acme: {}",
        "line 3: instruments.acme: ACME.OWN stands in it twice. Write it once.",
    ),
    (
        "instruments:\n  ACME:\n    half_spread_bps: wide",
        "line 3: instruments.ACME.half_spread_bps: Input should be a valid number",
    ),
    (
        "risk:\n  strategy_drawdown:\n    by_strategy:\n      nosuch: 0.1",
        "line 4: risk.strategy_drawdown.by_strategy.nosuch: there is none of that",
    ),
    (
        "risk:\n  position_limit:\n    equty: 0.1",
        "line 3: risk.position_limit has no setting 'equty'. Known are: crypto, e",
    ),
    (
        "risk:\n  gross_exposure:\n    limit: -1",
        "line 3: risk.gross_exposure.limit is -1: Expected `float` >= 0.0. Correc",
    ),
    (
        "risk:\n  last_look:\n    lmit: 1",
        "line 3: risk.last_look has no setting 'lmit'. Known are: order_share, in",
    ),
    (
        "risk:\n  venue_exposure:\n    by_venue:\n      MOON: 0.1",
        "line 4: risk.venue_exposure.by_venue.MOON: there is none of that name. K",
    ),
    (
        "planner:\n  protection:\n    stop: 4",
        "line 3: planner.protection has no setting 'stop'. Known are: stop_atr, s",
    ),
    (
        "planner:\n  protection:\n    stop_pct: -4",
        "line 3: planner.protection.stop_pct is -4: Expected `float` >= 0.0. Corr",
    ),
    (
        "planner:\n  time_in_force: never",
        "line 2: planner.time_in_force is 'never': Invalid enum value 'never'. Us",
    ),
    (
        "venue:\n  fill_timeframe: 7m",
        "line 2: The simulated venue's fill_timeframe is '7m'. Set it to a value",
    ),
    ("venue:\n  latncy_ns: 1", "line 2: venue has no setting 'latncy_ns'. Known are: volume_share, impac"),
    (
        "venue:\n  halts:\n  - {instrument_id: AAPL, start_ns: 5, end_ns: 1}",
        "line 3: venue.halts.0 ends at 1, not after its start at 5. Write start_n",
    ),
    (
        "session:\n  live:\n    stream: nosuch",
        "line 3: session.live.stream names 'nosuch', which is no source of data. K",
    ),
    (
        "session:\n  live:\n    timeframe: 7m",
        "line 3: session.live.timeframe: bars are 1m, 5m, 15m, 30m, 1h, 4h, 1d, 1",
    ),
    (
        "session:\n  live:\n    url: http://example.org",
        "line 3: session.live.url: The address 'http://example.org' is not encryp",
    ),
    (
        "session:\n  feed: live\n  symbols: [MSFT]",
        "line 3: session.symbols has MSFT.XNAS, and binance streams BINANCE alone",
    ),
    (
        "session:\n  feed: live\n  symbols: [BTC/USDT.BINANCE]\n  base_currency: USDT\n"
        "  strategies:\n  - name: a\n    timeframe: 1h",
        "line 7: The strategy a decides on 1h bars, and the live feed has 1m. Giv",
    ),
    (
        "session:\n  live:\n    history_bars: 10",
        "line 3: session.live.history_bars: Input should be greater than or equal",
    ),
    (
        "session:\n  feed: sometimes",
        "line 2: session.feed: Input should be 'recorded' or 'live' (it is 'somet",
    ),
    (
        "session:\n  gauges: [VIX, vix]",
        "line 2: session.gauges names an instrument twice: VIX, vix. Write each o",
    ),
    (
        "session:\n  forecast_deadline_s: 0",
        "line 2: session.forecast_deadline_s: Input should be greater than 0 (it",
    ),
    (
        "session:\n  window:\n    start: 2020-13-01",
        "line 3: session.window.start: '2020-13-01' is not a date or time. Write",
    ),
]


@pytest.mark.parametrize(("text", "said"), FAULTS, ids=[said[:60] for _, said in FAULTS])
def test_each_fault_is_refused_with_its_line_and_key(folder, text, said):
    file = folder / "mine.yaml"
    file.write_text(text + "\n")
    with pytest.raises(TradewindError) as caught:
        check_config(load_config(file, home=folder / "home"))
    assert f"mine.yaml, {said}" in str(caught.value).replace(f"{folder}/", "")
    assert not (folder / "home").exists()


def test_what_is_right_passes(folder):
    file = folder / "mine.yaml"
    file.write_text("""
instruments: {ACME: {tick: "0.05", calendar: XNYS, fees: {taker_bps: 1}}}
session:
  strategies:
  - use: mine.py
    symbols: [MSFT, ACME]
    capital_share: 0.5
    decision: {sizing: {use_confidence: true}}
  - {use: ok.csv, symbols: [MSFT], capital_share: 0.3}
  - {name: slow, capital_share: 0.2, decision: {context: {window: 20}, filters: {needed: 5}}}
risk: {strategy_drawdown: {by_strategy: {mine: 0.1}}, venue_exposure: {by_venue: {OWN: 0.2, XNAS: 0.5}}}
""")
    check_config(load_config(file, home=folder / "home"))
