"""What can be refused is refused before any work: names, spans, settings, parameters of models."""

import importlib.util

import pytest

from tradewind.app.config import load_config
from tradewind.app.config_check import check_config
from tradewind.core.errors import ConfigError, RegistryError, TradewindError


def check(tmp_path, text):
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    check_config(load_config(file, home=tmp_path / "home"))


def test_the_defaults_are_in_order(tmp_path):
    check_config(load_config(None, home=tmp_path / "home"))
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (
            "research:\n  symbols: [AAPL, NOSUCH]",
            3,
            "line 2: research.symbols: No instrument is called 'NOSUCH'",
        ),
        ("research:\n  symbols: [AAPL, aapl]", 2, "line 2: research.symbols names an instrument twice"),
        ("session:\n  symbols: [AAPL, NOSUCH]", 3, "line 2: session.symbols"),
        ("session:\n  symbols: [AAPL, VIX]", 2, "line 2: session.symbols has VIX, which can be watched"),
        ("session:\n  gauges: [NOSUCH]", 3, "line 2: session.gauges"),
        ("research:\n  models:\n  - logistic\n  - oracle", 2, "line 4: research.models.1: There is no model"),
        ("session:\n  models: [oracle]", 2, "line 2: session.models.0"),
        (
            "session:\n  base_currency: EUR\n  symbols: [AAPL]",
            2,
            "line 2: session.symbols has AAPL, which is paid in USD, and no pair that values it in EUR",
        ),
        ("provider: oracle", 2, "line 1: provider: There is no provider called 'oracle'"),
        ("redis: {url: 'redis://example.com'}", 2, "line 1: redis.url: The address 'redis://example.com'"),
        ("redis: {source: oracle}", 2, "line 1: redis.source names 'oracle', which has no history"),
        ("redis: {namespace: 'my keys'}", 2, "line 1: redis.namespace: 'my keys' is no name for keys"),
        ("session:\n  live: {stream: redis}", 2, "redis.url is empty, so there is no bus"),
        ("session:\n  live: {standby: [redis]}", 2, "redis.url is empty, so there is no bus"),
        ("compute: cloud", 2, "line 1: compute: "),
        ("compute: local:100000", 2, "line 1: compute"),
        ("research:\n  train: long", 2, "line 2: research.train: 'long' is not a length of time"),
        ("research:\n  train: 500y", 2, "line 2: research.train is 500y, which is longer than 100 years"),
        ("research:\n  train: 99999999b", 2, "line 2: research.train"),
        ("research:\n  train: 0y", 2, "line 1: research: The plan's train"),
        ("research:\n  train: 30y", 2, "not one fold fits"),
        ("research:\n  test: 1y\n  step: 1mo", 2, "line 3: research.step of 1mo is shorter"),
        ("research:\n  embargo: 5y", 2, "line 2: research.embargo of 5y leaves nothing"),
        ("research:\n  model_parameters:\n    oracle: {}", 2, "line 3: research.model_parameters.oracle"),
        (
            "research:\n  model_parameters:\n    xgboost:\n      tress: 3",
            2,
            "line 4: research.model_parameters.xgboost: the model 'xgboost' has no parameter 'tress'",
        ),
        ("research:\n  model_parameters:\n    xgboost: {trees: many}", 2, "trees is 'many'"),
        ("research:\n  model_parameters:\n    xgboost: {trees: -1}", 2, "trees is -1"),
        ("research:\n  model_parameters:\n    xgboost: {rate: .nan}", 2, "rate is nan"),
        ("research:\n  model_parameters:\n    donchian_breakout: {coverage: 2}", 2, "coverage is 2"),
        ("research:\n  model_parameters:\n    bilstm: {hidden: [8]}", 2, "hidden is [8]"),
        ("risk:\n  dradown: {}", 2, "line 2: No limit or breaker is called 'dradown'. Known are: "),
        (
            "risk:\n  drawdown:\n    lmit: 0.2",
            2,
            "line 3: risk.drawdown has no setting 'lmit'. Known are: limit,",
        ),
        ("risk:\n  drawdown:\n    limit: -0.2", 2, "line 3: risk.drawdown.limit is -0.2"),
        ("risk:\n  drawdown:\n    action: panic", 2, "Use one of halt, close, liquidate, note."),
        ("risk:\n  tradable:\n    blocked: [NOSUCH]", 3, "line 3: risk.tradable.blocked"),
        ("risk:\n  vix:\n    gauge: VICKS", 3, "line 3: risk.vix.gauge"),
        (
            "decision:\n  sizing:\n    kelly:\n      fracton: 0.1",
            2,
            "line 4: decision.sizing.kelly has no setting 'fracton'. Known are: fraction,",
        ),
        ("decision:\n  sizing:\n    kelly: 3", 2, "line 3: decision.sizing.kelly is 3"),
        ("decision:\n  blend:\n    method: oracle", 2, "line 3: decision.blend.method: There is no way"),
        ("decision:\n  filters:\n    filters: [oracle]\n    needed: 1", 2, "decision.filters.filters.0"),
        ("decision:\n  filters:\n    needed: 60", 2, "60 of 7 filters cannot be needed"),
        ("decision:\n  filters:\n    names:\n      adx: adxx", 2, "line 4: decision.filters.names.adx"),
        ("decision:\n  regime:\n    profile: oracle", 2, "line 3: decision.regime.profile"),
        ("decision:\n  references:\n    stocks: AAPL", 2, "line 3: decision.references.stocks"),
        ("decision:\n  references:\n    equity: NOSUCH", 3, "line 3: decision.references.equity"),
        ("decision:\n  regime_scale:\n    wild: 0.1", 2, "line 2: decision.regime_scale"),
        ("planner:\n  order_type: guess", 2, "line 2: planner.order_type"),
        ("planner:\n  no_trade_band: 1", 2, "line 2: planner has no setting 'no_trade_band'"),
        ("venue:\n  reject_rate: 2", 2, "line 2: venue.reject_rate is 2"),
        ("venue:\n  halts:\n  - {instrument_id: NOSUCH, start_ns: 0, end_ns: 1}", 3, "line 3: venue.halts.0"),
        ("venue:\n  halts:\n  - {instrument_id: AAPL, start: 0}", 2, "venue.halts"),
        ("venue:\n  halts: 3", 2, "line 2: venue.halts is 3"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_what_cannot_run_is_refused_with_its_line(tmp_path, text, code, said):
    with pytest.raises(TradewindError) as caught:
        check(tmp_path, text)
    assert said in str(caught.value)
    assert str(tmp_path / "mine.yaml") in str(caught.value)
    assert caught.value.exit_code == code
    assert not (tmp_path / "home").exists()


def test_a_models_parameters_are_checked_without_its_library(tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else find(name))
    check(tmp_path, "research:\n  model_parameters:\n    bilstm: {hidden: [64, 32]}")
    with pytest.raises(ConfigError, match="hidden is"):
        check(tmp_path, "research:\n  model_parameters:\n    bilstm: {hidden: [8]}")
    for named in ("research:\n  models: [bilstm]", "session:\n  models: [bilstm]"):
        with pytest.raises(RegistryError, match=r"line 2: .*'bilstm' needs torch.*'tradewind\[torch\]'"):
            check(tmp_path, named)


def test_another_base_currency_needs_its_pair(tmp_path):
    check(tmp_path, "session: {base_currency: EUR, symbols: [AAPL, EURUSD]}")


def test_what_is_allowed_passes(tmp_path):
    check(
        tmp_path,
        """
research: {model_parameters: {xgboost: {trees: 60, include_drift: true}, bilstm: {hidden: [64, 32]}}}
risk: {drawdown: {limit: 0.2, action: halt}, tradable: {blocked: [AAPL]}, crypto_volatility: {limit: 2}}
decision: {sizing: {kelly: {fraction: 0.1}}, references: {equity: MSFT}, filters: {names: {rsi: rsi_fast}}}
planner: {order_type: limit, limit_offset_bps: 5}
venue: {halts: [{instrument_id: AAPL, start_ns: 0, end_ns: 1}]}
""",
    )
