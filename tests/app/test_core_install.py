"""What ``pip install tradewind`` gives without an extra: a child process sees no library of an extra."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tradewind.app.config import TradewindConfig
from tradewind.app.demo.run import left_out_said, with_demo_plan

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
IMPORT_NAMES = {
    "xgboost-cpu": "xgboost",
    "torch-geometric": "torch_geometric",
    "stable-baselines3": "stable_baselines3",
    "alpaca-py": "alpaca",
    "CurrencyConverter": "currency_converter",
}

CHILD = '''
import importlib.machinery
import sys

HIDDEN = set(sys.argv[1].split(","))
find = importlib.machinery.PathFinder.find_spec


def find_spec(name, path=None, target=None):
    return None if name.partition(".")[0] in HIDDEN else find(name, path, target)


importlib.machinery.PathFinder.find_spec = staticmethod(find_spec)
sys.argv = ["tradewind", *sys.argv[2:]]

import numpy as np

from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.calendars import trading_days
from tradewind.data.raw import RawBars, bars_from_raw
from tradewind.data.registry import PROVIDERS


@PROVIDERS.register("walk")
class Walk:
    """A random walk of one stock, on its exchange's days."""

    name = "walk"

    def symbols(self):
        return ["MSFT"]

    def raw_bars(self, request):
        stamps = trading_days("XNYS", 16_000 * NS_PER_DAY, 18_800 * NS_PER_DAY).close_ns
        rng = np.random.default_rng(3)
        close = np.round(100.0 * np.exp(np.cumsum(0.0004 + 0.01 * rng.standard_normal(len(stamps)))), 2)
        spread = np.round(0.004 * close, 2)
        columns = (stamps, close, close + spread, close - spread, close, np.full(len(stamps), 1e6))
        raw = RawBars("MSFT", "1d", *columns, "walk", synthetic=True)
        return raw.between(request.start_ns, request.end_ns)

    def bars(self, request):
        return bars_from_raw(self.raw_bars(request))


from tradewind.cli.main import main

main()
'''


def hidden() -> str:
    """Import names of everything that only an extra brings."""
    extras = tomllib.loads(PYPROJECT.read_text())["project"]["optional-dependencies"]
    names = {
        re.split(r"[\[=<>]", line)[0] for extra, lines in extras.items() if extra != "dev" for line in lines
    }
    return ",".join(sorted(IMPORT_NAMES.get(name, name) for name in names - {"tradewind"}))


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "core.yaml"
    path.write_text(
        f"home: {tmp_path / 'home'}\n"
        "provider: walk\n"
        "compute: serial\n"
        "research: {models: [moving_average_momentum, bollinger_reversion]}\n"
        "session:\n"
        "  symbols: [MSFT]\n"
        "  window: {start: '2019-01-01', end: '2019-07-01'}\n"
        "  train_years: 3\n"
        "  models: [moving_average_momentum, bollinger_reversion]\n"
        "  override_gate: true\n"
        "  override_reason: for the test\n"
    )
    return path


def core(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CHILD, hidden(), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)


def test_help_and_configuration_need_no_extra(settings):
    assert "xgboost" in hidden()
    assert "torch" in hidden()
    helped = core("--help")
    assert helped.returncode == 0, helped.stderr
    assert "backtest" in helped.stdout
    checked = core("config", "check", "--config", settings)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_rule_models_are_backtested_without_any_extra(settings):
    done = core("backtest", "--config", settings, "--json")
    assert done.returncode == 0, done.stderr
    assert '"records"' in done.stdout


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("validate", "--models", "lightgbm"), "boosting"),
        (("validate", "--models", "xgboost"), "boosting"),
        (("validate", "--models", "bilstm"), "torch"),
        (("--provider", "sample"), "sample"),
        (("--provider", "yahoo"), "yahoo"),
    ],
)
def test_what_is_missing_names_the_command_that_installs_it(settings, words, extra):
    if words[0] == "--provider":
        settings.write_text(settings.read_text().replace("provider: walk", f"provider: {words[1]}"))
        words = ("backtest",)
    done = core(*words, "--config", settings)
    assert done.returncode == 2
    assert f"pip install 'tradewind[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demo_goes_on_without_a_model_whose_library_is_missing(monkeypatch):
    find = importlib.util.find_spec
    absent = {"torch", "onnx", "onnxruntime"}
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in absent else find(name))
    config = TradewindConfig()
    said = "bilstm is left out: it needs torch, onnx, onnxruntime (pip install 'tradewind[torch]')."
    assert left_out_said(config) == [said]
    kept = with_demo_plan(config).research.models
    assert "bilstm" not in kept
    assert len(kept) == len(config.research.models) - 1


def test_what_is_configured_wins_in_the_demo_key_by_key():
    config = TradewindConfig(decision={"sizing": {"use_confidence": False}, "score_quantile": 0.7})
    decision = with_demo_plan(config).decision
    assert decision["sizing"] == {"volatility_target_annual": 0.05, "use_confidence": False}
    assert decision["score_quantile"] == 0.7
    assert decision["filters"] == {"needed": 5}
