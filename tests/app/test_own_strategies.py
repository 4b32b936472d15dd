"""Strategies of one's own through whole sessions: from a file, in backtest and on paper, after a kill."""

import json
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from tradewind.app.config import TradewindConfig
from tradewind.app.config_check import check_config
from tradewind.app.market.history import load_series
from tradewind.app.market.instrument_config import InstrumentConfig
from tradewind.app.market.workspace import open_workspace
from tradewind.app.session.outcome import session_outcome
from tradewind.app.session.prepare import prepare_session, session_as_started
from tradewind.app.session.running import Ran, replay_journal, run_backtest, run_paper
from tradewind.core.decisions import DecisionMade, InstrumentFailed, OrderRefused
from tradewind.core.errors import ConfigError, StrategyError, TradewindError
from tradewind.core.events import AnyEvent, SessionStarted, Timer
from tradewind.core.market import Bar
from tradewind.core.orders import OrderRejected
from tradewind.core.timestamps import parse_ns
from tradewind.core.vocabulary import Outcome, SessionMode
from tradewind.journal.opening import open_reader

CALM = {
    "drawdown": {"limit": 1.0},
    "daily_loss": {"limit": 1.0},
    "rapid_loss": {"limit": 1.0},
    "position_loss": {"limit": 1.0},
    "strategy_drawdown": {"limit": 1.0},
    "losing_trades": {"limit": 1_000_000},
}
CROSS = """
    import tradewind as tw

    class SmaCross(tw.Strategy):
        fast: int = 10
        slow: int = 50
        drift_pct = 1e9

        def on_bar(self, bar, now):
            closes = now.closes(self.slow)
            if len(closes) < self.slow:
                return None
            return 0.2 if closes[-self.fast:].mean() > closes.mean() else 0.0
"""
MEMORY = """
    import tradewind as tw

    class Remembers(tw.Strategy):
        factors = ("rsi_14",)

        def on_start(self):
            self.seen = {}
            self.nights = []

        def on_bar(self, bar, now):
            count = self.seen[bar.instrument_id] = self.seen.get(bar.instrument_id, 0) + 1
            if count % 7 == 3:
                self.nights.append((bar.instrument_id, now.factor("rsi_14")))
            calm = sum(rsi < 55 for name, rsi in self.nights[-9:] if name == bar.instrument_id)
            return 0.15 if (count + calm) % 11 < 5 else 0.0
"""


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., TradewindConfig]:
    """A configuration of one own strategy from a file with the given text."""

    def make(
        text: str,
        name: str = "mine.py",
        *,
        parameters: Mapping[str, object] | None = None,
        risk: Mapping[str, object] | None = None,
        symbols: tuple[str, ...] = ("MSFT", "NVDA"),
        **session: object,
    ) -> TradewindConfig:
        file = tmp_path / name.partition(":")[0]
        file.write_text(textwrap.dedent(text), "utf-8")
        strategy = {"use": str(tmp_path / name), "symbols": symbols, "parameters": dict(parameters or {})}
        window = {"start": "2020-01-01", "end": "2020-10-01"}
        given = {"symbols": symbols, "window": window, "strategies": [strategy], "gauges": [], **session}
        return TradewindConfig.model_validate(
            {"home": tmp_path / "home", "session": given, "risk": {**CALM, **(risk or {})}}
        )

    return make


def run(config: TradewindConfig, name: str, mode: SessionMode = SessionMode.BACKTEST) -> Ran:
    plan = prepare_session(config, name, mode, lambda *_: None)
    return run_backtest(plan) if mode is SessionMode.BACKTEST else run_paper(plan)


def events(ran: Ran, *kinds: type) -> list[AnyEvent]:
    with open_reader(ran.journal) as reader:
        return [record.event for record in reader.read_kind(*kinds)]


def test_an_sma_cross_in_ten_lines_decides_where_plain_sums_do(own: Callable[..., TradewindConfig]) -> None:
    config = own(CROSS)
    ran = run(config, "one")
    window = config.session.window.model_copy(update={"start": "2018-06-01"})
    wanted: list[tuple[int, str, bool]] = []
    for name, series in load_series(open_workspace(config), ["MSFT", "NVDA"], window).items():
        closes, times = series.as_stored.close.tolist(), series.as_stored.ts_event.tolist()
        before: bool | None = None
        for i in range(49, len(closes)):
            above = sum(closes[i - 9 : i + 1]) / 10 > sum(closes[i - 49 : i + 1]) / 50
            if times[i] >= config.session.window.start_ns:
                if above is not before and (above or before is not None):
                    wanted.append((times[i], name, above))
                before = above
    made = [
        (e.ts_event, e.instrument_id, e.target_lots > 0)
        for e in events(ran, DecisionMade)
        if isinstance(e, DecisionMade) and (e.target_lots or e.current_lots)
    ]
    assert sorted(made) == sorted(wanted)
    assert len(wanted) > 4
    first = events(ran, DecisionMade)[0]
    assert isinstance(first, DecisionMade)
    assert first.reason.startswith("The strategy asks for a weight of")
    assert ran.book.equity_e8 != ran.book.start_equity_e8


@pytest.mark.parametrize(("text", "name"), [(CROSS, "mine.py:SmaCross"), (MEMORY, "mine.py")])
def test_paper_and_backtest_decide_the_same(
    own: Callable[..., TradewindConfig], text: str, name: str
) -> None:
    config = own(text, name)
    said = []
    for mode in (SessionMode.BACKTEST, SessionMode.PAPER):
        ran = run(config, f"in-{mode}", mode)
        said.append(events(ran, DecisionMade))
        assert ran.book.orders_sent > 4
    assert said[0] == said[1]


class _Killed(Exception):
    """The process is gone."""


def test_a_strategy_with_memory_goes_on_after_kills_as_if_none_had_been(
    own: Callable[..., TradewindConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tradewind.app.session import running
    from tradewind.engine.driver.loop import Driver, DriverSettings

    monkeypatch.setattr(running, "SETTINGS", DriverSettings(commit_every=40, snapshot_every=300))
    config = own(MEMORY)
    whole = run(config, "whole", SessionMode.PAPER)
    step, at = Driver.step, [0]
    for kill in (150, 400, 300):

        def dying(self: Driver, event: AnyEvent, kill: int = kill) -> None:
            at[0] += 1
            if at[0] == kill:
                raise _Killed
            step(self, event)

        monkeypatch.setattr(Driver, "step", dying)
        at[0] = 0
        with pytest.raises(_Killed):
            run(config, "killed", SessionMode.PAPER)
    monkeypatch.setattr(Driver, "step", step)
    again = run(config, "killed", SessionMode.PAPER)
    assert again.resumed_from > 300
    for one, other in zip(events(whole, DecisionMade), events(again, DecisionMade), strict=True):
        assert one == other
    assert again.book.equity_e8 == whole.book.equity_e8
    plan = session_as_started(config, "killed")
    assert replay_journal(plan, again.journal).decisions > 100


def test_a_file_that_has_changed_is_not_gone_on_with(
    own: Callable[..., TradewindConfig], tmp_path: Path
) -> None:
    config = own(CROSS)
    run(config, "begun", SessionMode.PAPER)
    (tmp_path / "mine.py").write_text(textwrap.dedent(CROSS).replace("0.2", "0.3"), "utf-8")
    with pytest.raises(ConfigError, match=r"mine\.py, has changed since it was begun\. Put"):
        session_as_started(config, "begun")
    other = textwrap.dedent(CROSS).replace("slow: int = 50", "slow: int = 60\n    most: float = 0.2")
    (tmp_path / "mine.py").write_text(other, "utf-8")
    said = r"begun\. Other defaults: slow is 60 and was 50, most is 0\.2 and was not there\."
    with pytest.raises(ConfigError, match=said):
        session_as_started(config, "begun")


def test_the_start_says_where_the_code_lies_and_with_which_parameters(
    own: Callable[..., TradewindConfig],
) -> None:
    ran = run(own(CROSS, parameters={"fast": 5}), "said")
    (started,) = events(ran, SessionStarted)
    assert isinstance(started, SessionStarted)
    (terms,) = started.strategies
    assert terms.strategy == "mine"
    assert terms.parameters["parameters.fast"] == 5
    assert str(terms.parameters["use"]).endswith("mine.py:SmaCross")
    assert len(str(terms.parameters["sha256"])) == 64
    assert json.loads(started.configuration)["session"]["strategies"][0]["kind"] == "own"


def test_an_error_of_the_strategy_names_its_line_and_ends_a_backtest_alone(
    own: Callable[..., TradewindConfig],
) -> None:
    text = CROSS.replace("return 0.2 if", "now.instrument.nothing\n            return 0.2 if")
    with pytest.raises(
        StrategyError, match=r"SmaCross\.on_bar failed in .*mine\.py, line 13: AttributeError"
    ):
        run(own(text), "backtest")
    paper = run(own(text), "paper", SessionMode.PAPER)
    failed = events(paper, InstrumentFailed)
    assert len(failed) > 300
    assert paper.book.orders_sent == 0


def test_signals_in_a_file_are_traded(own: Callable[..., TradewindConfig]) -> None:
    table = "time,symbol,weight\n2020-02-03,MSFT,0.2\n2020-03-02,MSFT,0\n2020-03-02,NVDA,-0.1\n"
    window = {"start": "2020-01-01", "end": "2020-04-01"}
    ran = run(own(table, "signals.csv", window=window), "signals")
    made = [e for e in events(ran, DecisionMade) if isinstance(e, DecisionMade)]
    assert [(e.instrument_id, e.outcome) for e in made[:3]] == [
        ("MSFT.XNAS", Outcome.TRADE),
        ("MSFT.XNAS", Outcome.CLOSE),
        ("NVDA.XNAS", Outcome.TRADE),
    ]
    assert ran.book.net_lots["NVDA.XNAS"] < 0
    assert "MSFT.XNAS" not in ran.book.net_lots


def test_a_timer_that_was_asked_for_comes_and_may_trade(own: Callable[..., TradewindConfig]) -> None:
    text = """
        from datetime import timedelta
        import tradewind as tw

        class Naps(tw.Strategy):
            def on_bar(self, bar, now):
                if not getattr(self, "asked", False):
                    now.wake("later", timedelta(days=10))
                    self.asked = True

            def on_timer(self, name, now):
                return {"MSFT": tw.Target(quantity=7, reason=name)}
    """
    ran = run(own(text), "naps")
    own_timers = [e for e in events(ran, Timer) if isinstance(e, Timer) and e.owner]
    assert [e.name for e in own_timers] == ["later"]
    (made,) = [e for e in events(ran, DecisionMade) if isinstance(e, DecisionMade)]
    assert made.target_lots == 7
    assert made.reason.endswith("later")
    assert ran.book.net_lots == {"MSFT.XNAS": 7}


def test_weights_are_cut_to_the_limits_and_the_decision_says_by_which(
    own: Callable[..., TradewindConfig],
) -> None:
    text = CROSS.replace("0.2 if", "1.0 if")
    ran = run(own(text), "cut")
    made = next(e for e in events(ran, DecisionMade) if isinstance(e, DecisionMade) and e.target_lots)
    assert "asks for a weight of 1, cut to 0.25 by position_limit" in made.reason
    wider = run(own(text, risk={"position_limit": {"equity": 0.4}}), "wider")
    made = next(e for e in events(wider, DecisionMade) if isinstance(e, DecisionMade) and e.target_lots)
    assert "cut to 0.4 by position_limit" in made.reason
    assert ran.book.orders_sent > 0


def test_what_a_breaker_closed_is_said_once_and_entered_again_when_it_may_be(
    own: Callable[..., TradewindConfig],
) -> None:
    always = """
        import tradewind as tw

        class Always(tw.Strategy):
            def on_bar(self, bar, now):
                return 0.25
    """
    ran = run(own(always, risk={"drawdown": {"limit": 0.05}}), "stopped")
    made = [e for e in events(ran, DecisionMade) if isinstance(e, DecisionMade)]
    assert len(made) < 12  # not one a bar
    assert not ran.book.net_lots
    assert any(state.breaker == "drawdown" for state in ran.book.breakers.values())


def test_two_own_strategies_keep_to_their_own_holdings_and_share(
    own: Callable[..., TradewindConfig], tmp_path: Path
) -> None:
    config = own(CROSS)
    (one,) = config.session.strategies
    both = (
        one.model_copy(update={"name": "a", "capital_share": 0.5}),
        one.model_copy(update={"name": "b", "capital_share": 0.25, "parameters": {"fast": 3}}),
    )
    session = config.session.model_copy(update={"strategies": both})
    ran = run(config.model_copy(update={"session": session}), "both")
    held = {key.strategy for key in ran.book.positions}
    assert held == {"a", "b"}
    firsts = {}
    for e in events(ran, DecisionMade):
        if isinstance(e, DecisionMade) and e.target_lots and e.strategy not in firsts:
            firsts[e.strategy] = e.sizing["asked"]
    assert firsts == {"a": 0.2, "b": 0.2}


@pytest.mark.parametrize(
    ("text", "use", "parameters", "said"),
    [
        (CROSS, "mine.py:Other", {}, r"use: .*no strategy 'Other'.*It has SmaCross"),
        (CROSS + "\n    class Two(SmaCross): pass\n", "mine.py", {}, r"has 2 strategies"),
        ("import nothing_of_that_name\n", "mine.py", {}, r"mine\.py, line 1 does not import: ModuleNotFound"),
        ("def broken(:\n", "mine.py", {}, r"mine\.py, line 1 does not import: SyntaxError"),
        ("import sys\nsys.exit(3)\n", "mine.py", {}, r"mine\.py, line 2 does not import: SystemExit"),
        (CROSS, "mine.py", {"fsat": 1}, r"no parameter 'fsat'"),
        (CROSS, "mine.py", {"fast": "x"}, r"fast is 'x'"),
        (MEMORY.replace("rsi_14", "nothing_9"), "mine.py", {}, r"nothing_9"),
        (CROSS.replace("drift_pct = 1e9", "seen = []"), "mine.py", {}, r"SmaCross\.seen is shared by all"),
        (CROSS.replace("def on_bar", "def onbar"), "mine.py", {}, r"has neither on_bar nor on_bars"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_is_loaded(
    own: Callable[..., TradewindConfig], text: str, use: str, parameters: dict[str, object], said: str
) -> None:
    with pytest.raises(TradewindError, match=said):
        check_config(own(text, use, parameters=parameters))


LEARNS = """
    import tradewind as tw

    class Follows(tw.Strategy):
        models = ("logistic",)

        def on_bar(self, bar, now):
            said = now.forecast("logistic")
            return None if said is None else 0.15 if said.probability_up > 0.5 else 0.0
"""


@pytest.mark.parametrize("override", [False, True])
def test_a_model_that_the_gate_refused_is_heard_only_by_a_recorded_override(
    own: Callable[..., TradewindConfig], override: bool
) -> None:
    config = own(LEARNS, override_gate=override, train_years=3)
    config = config.model_copy(update={"compute": "serial"})
    ran = run(config, "learns", SessionMode.PAPER)
    assert bool(events(ran, DecisionMade)) is override


def test_a_small_change_of_weight_is_said_once_and_not_traded(own: Callable[..., TradewindConfig]) -> None:
    text = """
        import tradewind as tw

        class Nudges(tw.Strategy):
            def on_bar(self, bar, now):
                self.count = getattr(self, "count", 0) + 1
                return 0.2 if self.count < 20 else 0.21
    """
    ran = run(own(text, symbols=("MSFT",)), "nudges")
    made = [e for e in events(ran, DecisionMade) if isinstance(e, DecisionMade)]
    assert [e.sizing["asked"] for e in made[:2]] == [0.2, 0.21]
    assert len(made) < 8


def test_what_cannot_be_kept_is_said_at_the_first_bar(own: Callable[..., TradewindConfig]) -> None:
    text = CROSS.replace("            closes =", "            self.log = iter(())\n            closes =")
    with pytest.raises(ConfigError, match="SmaCross remembers 'log', and a session cannot keep it"):
        run(own(text), "open")
    changed = CROSS.replace("            closes =", "            self.fast += 1\n            closes =")
    with pytest.raises(ConfigError, match="SmaCross has changed its parameter 'fast'"):
        run(own(changed), "changed")


def test_whatever_a_strategy_does_wrong_ends_no_paper_session(own: Callable[..., TradewindConfig]) -> None:
    for number, wrong in enumerate(("raise SystemExit(3)", "return [('MSFT', 0.1)]", "return {'MSFT': 'x'}")):
        text = f"""
            import tradewind as tw

            class Wrong(tw.Strategy):
                def on_bars(self, now):
                    print("noise")
                    {wrong}
        """
        paper = run(own(text), f"wrong-{number}", SessionMode.PAPER)
        assert len(events(paper, InstrumentFailed)) > 100
        with pytest.raises(TradewindError, match=r"Wrong|MSFT"):
            run(own(text), f"strict-{number}")


def test_holdings_that_were_scaled_together_are_not_decided_on_again_each_bar(
    own: Callable[..., TradewindConfig],
) -> None:
    text = """
        import tradewind as tw

        class All(tw.Strategy):
            def on_bar(self, bar, now):
                return 0.25
    """
    symbols = ("MSFT", "NVDA", "NFLX", "EUR/USD", "GBP/USD")
    window = {"start": "2020-01-06", "end": "2020-01-25"}
    made = [
        e
        for e in events(run(own(text, symbols=symbols, window=window), "all"), DecisionMade)
        if isinstance(e, DecisionMade)
    ]
    assert any("scaled_together" in e.reason for e in made)
    assert len(made) <= 6


COUNTS = """
    import tradewind as tw

    SEEN = {}
    LIMITS = {"MSFT": 0.1, "NVDA": 0.2}
    CALLS = 0

    def kept(name, log=None):
        return LIMITS.get(name, 0.0)

    class Counts(tw.Strategy):
        def on_bar(self, bar, now):
            REMEMBERS
            return kept(now.instrument.symbol)
"""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("SEEN[bar.instrument_id] = 1", r"mine\.py, line 13: SEEN\[bar\.instrument_id\] is changed"),
        ("SEEN.setdefault(bar.instrument_id, []).append(1)", r"line 13: SEEN\.setdefault is changed"),
        ("SEEN['log'].append(1)", r"line 13: SEEN\['log'\] is changed"),
        ("global CALLS; CALLS += 1", r"line 13: CALLS is changed"),
        ("Counts.calls = 1", r"line 13: Counts\.calls is changed"),
        ("del SEEN['a']", r"line 13: SEEN\['a'\] is changed"),
        ("say = lambda x, seen=[]: seen", r"line 13: a default argument is changed"),
    ],
)
def test_what_a_file_keeps_in_its_module_is_refused_with_its_line(
    own: Callable[..., TradewindConfig], line: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        check_config(own(COUNTS.replace("REMEMBERS", line)))


@pytest.mark.parametrize("line", ["seen = {}; seen['a'] = 1; SEEN.get('a')", "CALLS = 1; CALLS += 1", "pass"])
def test_constants_of_a_module_and_local_variables_are_no_memory(
    own: Callable[..., TradewindConfig], line: str
) -> None:
    check_config(own(COUNTS.replace("REMEMBERS", line)))


def test_what_changes_a_module_by_a_way_round_is_found_while_it_runs(
    own: Callable[..., TradewindConfig],
) -> None:
    text = COUNTS.replace("REMEMBERS", "globals()['SEEN']['a'] = globals()['SEEN'].get('a', 0) + 1")
    with pytest.raises(ConfigError, match=r"Counts has changed SEEN of its module"):
        run(own(text), "round")


def test_what_changes_a_module_late_and_under_another_name_is_found_at_the_end(
    own: Callable[..., TradewindConfig],
) -> None:
    text = COUNTS.replace("REMEMBERS", "seen = SEEN if now.time.month == 7 else {}; seen['a'] = now.time.day")
    with pytest.raises(ConfigError, match=r"Counts has changed SEEN of its module"):
        run(own(text), "late")


def test_a_file_beside_the_strategy_that_it_imports_counts_as_its_own(
    own: Callable[..., TradewindConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the folder can be imported from, as ``python -m`` and notebooks have it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    helper, deeper = tmp_path / "held_part.py", tmp_path / "held_deeper.py"
    helper.write_text("def part():\n    import held_deeper\n    return held_deeper.PART\n")
    deeper.write_text("PART = 0.2\n")
    text = CROSS.replace("return 0.2 if", "return held_part.part() if")
    config = own(text.replace("import tradewind as tw", "import held_part\n    import tradewind as tw"))
    ran = run(config, "begun", SessionMode.PAPER)
    assert ran.book.orders_sent > 0
    session_as_started(config, "begun")
    deeper.write_text("PART = 0.1\n")
    said = r"mine\.py, or one that it imports \(held_deeper\.py, held_part\.py\) has changed"
    with pytest.raises(ConfigError, match=said):
        session_as_started(config, "begun")
    deeper.write_text("PART = 0.2\nSEEN = {}\n\ndef note(day):\n    SEEN[day] = 1\n")
    with pytest.raises(ConfigError, match=r"held_deeper\.py, line 5: SEEN\[day\] is changed"):
        check_config(config)


def test_an_order_that_a_limit_refuses_is_refused_once_until_another_is_wanted(
    own: Callable[..., TradewindConfig],
) -> None:
    text = """
        import tradewind as tw

        class TooMuch(tw.Strategy):
            def on_bar(self, bar, now):
                late = now.time.month >= 9
                return tw.Target(quantity=90_001.0 if late else 90_000.0)
    """
    ran = run(own(text, symbols=("MSFT",)), "much")
    refused = [e for e in events(ran, OrderRefused) if isinstance(e, OrderRefused)]
    assert [e.order.quantity_lots for e in refused] == [90_000, 90_001]
    first = next(e.ts_event for e in events(ran, Bar) if e.ts_event >= parse_ns("2020-09-01"))
    assert refused[1].ts_event == first
    assert len(events(ran, DecisionMade)) == 2
    assert ran.book.orders_sent == 0
    assert (
        "Not one order was sent. The last decision was trade MSFT.XNAS"
        in session_outcome(ran.journal, ran.book).words()
    )


@pytest.mark.parametrize("mode", [SessionMode.BACKTEST, SessionMode.PAPER])
def test_a_refused_order_is_asked_for_again_on_the_bar_on_which_the_limit_lets_it_pass(
    own: Callable[..., TradewindConfig], mode: SessionMode
) -> None:
    """170 shares are over a quarter of 100,000 USD until one costs less than 147.06, in March 2020."""
    text = """
        import tradewind as tw

        class Waits(tw.Strategy):
            def on_bar(self, bar, now):
                return tw.Target(quantity=170.0)
    """
    ran = run(own(text, symbols=("MSFT",)), "waits", mode)
    (refused,) = events(ran, OrderRefused)
    assert isinstance(refused, OrderRefused)
    assert refused.refusal.rule == "position_limit"
    bars = [e for e in events(ran, Bar) if isinstance(e, Bar) and not e.warmup]
    assert refused.ts_event == bars[0].ts_event
    cheap = next(bar.ts_event for bar in bars if 170 * bar.close <= 25_000)
    assert [e.ts_event for e in events(ran, DecisionMade)] == [bars[0].ts_event, cheap]
    assert ran.book.net_lots["MSFT.XNAS"] == 170


def test_an_order_below_the_venues_minimum_is_refused_once_until_it_is_worth_enough(
    own: Callable[..., TradewindConfig],
) -> None:
    """A hundred shares are worth less than 20,000 USD until one costs 200, in summer 2020."""
    text = """
        import tradewind as tw

        class Waits(tw.Strategy):
            def on_bar(self, bar, now):
                return tw.Target(quantity=100.0)
    """
    least = {"MSFT": InstrumentConfig(minimum_notional="20000")}
    config = own(text, symbols=("MSFT",)).model_copy(update={"instruments": least})
    ran = run(config, "waits")
    (refused,) = events(ran, OrderRefused)
    assert isinstance(refused, OrderRefused)
    bars = [e for e in events(ran, Bar) if isinstance(e, Bar) and not e.warmup]
    assert (refused.refusal.rule, refused.ts_event) == ("minimum_notional", bars[0].ts_event)
    assert refused.refusal.figures == {"value": pytest.approx(100 * bars[0].close), "minimum": 20_000.0}
    dear = next(bar.ts_event for bar in bars if 100 * bar.close >= 20_000)
    assert [e.ts_event for e in events(ran, DecisionMade)] == [bars[0].ts_event, dear]
    assert ran.book.net_lots["MSFT.XNAS"] == 100


def test_another_limit_than_the_one_that_stood_before_is_said_too_and_each_once(
    own: Callable[..., TradewindConfig],
) -> None:
    """As the price moves, now one of two limits is the first to stand against 170 shares, now the other."""
    text = """
        import tradewind as tw

        class Falls(tw.Strategy):
            def on_bar(self, bar, now):
                return tw.Target(quantity=-170.0)
    """
    risk = {"net_exposure": {"limit": 0.28}, "position_limit": {"equity": 0.26}}
    ran = run(own(text, symbols=("MSFT",), risk=risk), "falls")
    rules = [e.refusal.rule for e in events(ran, OrderRefused) if isinstance(e, OrderRefused)]
    assert rules == ["position_limit", "net_exposure"]


def test_an_order_that_the_venue_rejects_is_tried_again_ever_more_rarely(
    own: Callable[..., TradewindConfig],
) -> None:
    text = """
        import tradewind as tw

        class Sent(tw.Strategy):
            def on_bar(self, bar, now):
                return tw.Target(quantity=50.0)
    """
    ran = run(own(text, symbols=("MSFT",), risk={"last_look": {"max_order_notional": 100.0}}), "sent")
    rejected = [e.ts_event for e in events(ran, OrderRejected)]
    days = [e.ts_event for e in events(ran, Bar) if isinstance(e, Bar) and not e.warmup]
    at = [sum(day < moment for day in days) for moment in rejected]
    assert np.diff(at)[:6].tolist() == [1, 2, 4, 8, 16, 32]
    assert len(rejected) < 10


def test_less_than_one_lot_is_said_and_said_once(own: Callable[..., TradewindConfig]) -> None:
    text = """
        import tradewind as tw

        class Little(tw.Strategy):
            def on_bar(self, bar, now):
                return tw.Target(quantity=0.4) if now.instrument.symbol == "MSFT" else 1e-5
    """
    ran = run(own(text), "little")
    made = [e for e in events(ran, DecisionMade) if isinstance(e, DecisionMade)]
    assert {(e.instrument_id, e.outcome, e.target_lots) for e in made} == {
        ("MSFT.XNAS", Outcome.HOLD, 0),
        ("NVDA.XNAS", Outcome.HOLD, 0),
    }
    assert len(made) == 2
    assert all("that is less than one lot, 1" in e.reason for e in made)
    verdicts = {e.instrument_id: e.verdicts[0].value for e in made}
    assert verdicts["MSFT.XNAS"] == 0.4
    bars = (e for e in events(ran, Bar) if isinstance(e, Bar) and not e.warmup)
    price = next(bar.close for bar in bars if bar.instrument_id == "NVDA.XNAS")
    assert verdicts["NVDA.XNAS"] == pytest.approx(1.0 / price)  # 1e-5 of 100,000 USD is 1 USD
    words = session_outcome(ran.journal, ran.book).words()
    assert (
        "Less than one lot was wanted of MSFT.XNAS: 0.4 of a lot; nothing was held of it for that." in words
    )


def test_a_lot_too_small_is_told_beside_what_was_traded(own: Callable[..., TradewindConfig]) -> None:
    text = """
        import tradewind as tw

        class Mixed(tw.Strategy):
            def on_bar(self, bar, now):
                if now.instrument.symbol == "NVDA":
                    return 0.1
                return tw.Target(quantity=0.25 if now.time.month % 2 else 0.2)
    """
    ran = run(own(text), "mixed")
    came = session_outcome(ran.journal, ran.book)
    assert came.orders > 0
    said = "Less than one lot was wanted of MSFT.XNAS 9 times, lastly 0.25 of a lot; nothing was held"
    assert said in came.words()


def test_the_start_has_the_parameters_that_nobody_named(own: Callable[..., TradewindConfig]) -> None:
    (started,) = events(run(own(CROSS, parameters={"fast": 5}), "all-of-them"), SessionStarted)
    assert isinstance(started, SessionStarted)
    parameters = started.strategies[0].parameters
    assert (parameters["parameters.fast"], parameters["parameters.slow"]) == (5, 50)
