"""Reading the configuration: bounded, plain, and every refusal says where it stands."""

import ast
import time
from pathlib import Path

import pytest
from pydantic import BaseModel

import tradewind
from tradewind.app.config import TradewindConfig, load_config
from tradewind.app.environment import OTHERS, is_key
from tradewind.app.yaml_lines import MOST_BYTES, read_yaml
from tradewind.core.errors import ConfigError

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    import os

    for name in [name for name in os.environ if name.upper().startswith("TRADEWIND_")]:
        monkeypatch.delenv(name)


def refused(tmp_path: Path, text: str | bytes) -> str:
    file = tmp_path / "mine.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    said = str(caught.value)
    assert str(file) in said
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("risk: {vix: {limit: 20}}\nseed: 7\nrisk: {}\n", "risk stands twice, on line 1 and on line 3"),
        ("session:\n  cash: 1\n  seed: 2\n  cash: 3\n", "session.cash stands twice, on line 2 and on line 4"),
        (BOMB, "line 1: anchors and aliases"),
        ("seed: &a [*a]", "line 1: anchors and aliases"),
        ("seed: " + "[" * 100_000, "deeper than 20 levels"),
        ("seed: [" + "1," * 100_000, "more than 20000 values"),
        ("seed: 1 #" + "x" * MOST_BYTES, f"more than {MOST_BYTES:,} bytes"),
        ("seed: " + "9" * 5_000, "line 1"),
        ("seed: =", "line 1: seed"),
        ("seed: <<", "line 1: seed"),
        ("seed: 0b_", "line 1: '0b_'"),
        ("seed: !!python/object:os.system x", "line 1: the tag"),
        ("1: 2", "the key '1' is not a word"),
        ("<<: {seed: 1}", "line 1: <<: there is no such setting"),
        ("- seed", "is a mapping of keys"),
        ("seed: 1\n---\nseed: 2", "not YAML"),
        (b"seed: \xff", "cannot be read"),
        ("session:\n  cash: .inf", "line 2: session.cash"),
        ("session:\n  cash: .nan", "line 2: session.cash"),
        ("session:\n  cash: 1e18", "line 2: session.cash"),
        ("session:\n  train_years: 500", "line 2: session.train_years"),
        ("session:\n  warmup_bars: 1000000000", "line 2: session.warmup_bars"),
        ("session:\n  window: {start: 2021-01-01, end: 2020-01-01}", "line 2: session.window: "),
        ("session:\n  window: {start: 2021-01-01, end: 9999-01-01}", "line 2: session.window.end"),
        ("session:\n  symbols: [AAPL, AAPL]", "line 2: session.symbols"),
        ("research:\n  models: []", "line 2: research.models"),
        (
            "research:\n  trian: 3y",
            "line 2: research.trian: there is no such setting. Did you mean train? Known are: symbols,",
        ),
        ("seed: 99999999999", "line 1: seed"),
        ("environment: paper", "line 1: environment: there is no such setting"),
    ],
    ids=lambda text: repr(text)[:40],
)
def test_what_is_wrong_is_one_sentence_with_its_line(tmp_path, text, said):
    began = time.process_time()
    assert said in refused(tmp_path, text)
    # Not a speed test: a bomb that is expanded takes hours, not these seconds.
    assert time.process_time() - began < 60


def test_no_endless_file_is_read(tmp_path):
    with pytest.raises(ConfigError, match="is not a file"):
        read_yaml(Path("/dev/zero"))
    with pytest.raises(ConfigError, match="is not a file"):
        read_yaml(tmp_path)


def test_numbers_and_dates_mean_what_they_say(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("a: 1e-3\nb: 2020-01-31\nc: .5\nd: 5.\ne: -.inf\nf: 12\ng: '1e3'\nh: 1.5E+3\ni: e1\n")
    assert read_yaml(file).values == {
        "a": 0.001,
        "b": "2020-01-31",
        "c": 0.5,
        "d": 5.0,
        "e": float("-inf"),
        "f": 12,
        "g": "1e3",
        "h": 1500.0,
        "i": "e1",
    }


def test_a_variable_goes_before_the_file_key_by_key(tmp_path, monkeypatch):
    file = tmp_path / "mine.yaml"
    file.write_text("session: {cash: 5, warmup_bars: 9}\nrisk: {drawdown: {limit: 0.3, action: halt}}\n")
    monkeypatch.setenv("TRADEWIND_SESSION__CASH", "50000")
    monkeypatch.setenv("TRADEWIND_RISK__DRAWDOWN__LIMIT", "0.2")
    monkeypatch.setenv("TRADEWIND_SESSION__SYMBOLS", '["AAPL", MSFT]')
    monkeypatch.setenv("TRADEWIND_SEED", "")
    config = load_config(file)
    assert (config.session.cash, config.session.warmup_bars) == (50_000.0, 9)
    assert config.risk["drawdown"] == {"limit": 0.2, "action": "halt"}
    assert config.session.symbols == ("AAPL", "MSFT")
    assert config.seed == TradewindConfig().seed
    assert load_config(file, seed=3).seed == 3


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TRADEWIND_SEDE", "7", "Did you mean TRADEWIND_SEED?"),
        ("TRADEWIND_CASH", "7", "TRADEWIND_CASH, which is no setting"),
        (
            "TRADEWIND_SESSION__CASHH",
            "7",
            "TRADEWIND_SESSION__CASHH: session.cashh: there is no such setting",
        ),
        ("TRADEWIND_SESSION__CASH", "lots", "TRADEWIND_SESSION__CASH: session.cash"),
        ("TRADEWIND_SESSION", "garbage", "TRADEWIND_SESSION: session"),
        ("TRADEWIND_RISK", "[1,", ": this is not YAML"),
    ],
)
def test_a_variable_that_is_no_setting_is_refused_by_its_name(monkeypatch, name, value, said):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        load_config(None)
    assert said in str(caught.value)


def test_variables_that_are_no_settings_are_the_ones_listed(monkeypatch):
    for name in OTHERS:
        monkeypatch.setenv(name, "anything")
    assert load_config(None) == TradewindConfig()
    source = "\n".join(path.read_text() for path in Path(tradewind.__file__).parent.rglob("*.py"))
    strings = {
        node.value
        for node in ast.walk(ast.parse(source.replace("from __future__", "# ")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    named = {text for text in strings if text.startswith("TRADEWIND_") and text.replace("_", "").isalnum()}
    assert {name for name in named if not name.endswith("_") and not is_key(name)} == set(OTHERS)


def _fields(kind: type[BaseModel]) -> set[str]:
    found = set(kind.model_fields)
    for field in kind.model_fields.values():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found |= _fields(field.annotation)
    return found


def test_every_setting_is_read_somewhere():
    root = Path(tradewind.__file__).parent
    read = {
        node.attr
        for path in root.rglob("*.py")
        if path.name != "config.py" or path.parent.name != "app"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
    }
    assert _fields(TradewindConfig) - read == set()
