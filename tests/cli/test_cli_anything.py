"""Whatever a person writes, into a file or behind an option: one sentence and a documented code."""

import os
import re
from pathlib import Path

import pytest
import typer
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from tradewind.app.config import TradewindConfig
from tradewind.cli.main import app

CODES = {
    int(found[1])
    for found in re.finditer(
        r"^\| (\d+) \|", (Path(__file__).parents[2] / "docs" / "operations.md").read_text(), re.MULTILINE
    )
}
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
odd = st.sampled_from(
    [
        "",
        " ",
        "..",
        "../../evil",
        "-1",
        "0",
        "nan",
        "inf",
        "1e400",
        "9" * 40,
        "x" * 300,
        "%s",
        "{}",
        "\n",
        "é/ß",
    ]
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    words,
    odd,
    st.dates().map(str),
    st.sampled_from(["AAPL", "3y"]),
)
plain = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=6,
)


def _paths(kind: type[BaseModel], at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Ways to every setting, and into the sections of single rooms."""
    found: list[tuple[str, ...]] = []
    for name, field in kind.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += _paths(inner, (*at, name))
        found.append((*at, name))
    return found


ROOMS = [
    ("risk", "drawdown", "limit"),
    ("risk", "tradable", "blocked"),
    ("risk", "health", "limits"),
    ("decision", "sizing", "kelly", "fraction"),
    ("decision", "filters", "filters"),
    ("decision", "references"),
    ("decision", "regime", "history"),
    ("planner", "order_type"),
    ("venue", "halts"),
    ("venue", "latency_ns"),
    ("research", "model_parameters", "xgboost", "trees"),
    ("research", "model_parameters", "bilstm", "hidden"),
]


def _nested(way: tuple[str, ...], value: object) -> dict[str, object]:
    for key in reversed(way):
        value = {key: value}
    return value  # type: ignore[return-value]


known_keys = st.builds(_nested, st.sampled_from(_paths(TradewindConfig) + ROOMS), plain)
files = st.one_of(
    known_keys.map(lambda value: yaml.safe_dump(value, allow_unicode=True).encode()),
    plain.map(lambda value: yaml.safe_dump(value, allow_unicode=True).encode()),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200).map(str.encode),
    st.text("&*!|>-?:[]{}#'\"% \n\tab1.", max_size=80).map(str.encode),
    st.binary(max_size=200),
)


def ended(done) -> None:
    """A documented code; where it is none of success, one sentence and nothing like a traceback."""
    assert done.code in CODES
    assert "Traceback" not in done.err + done.out
    if done.code not in (0, 1):
        assert sum(line.startswith("Error: ") for line in done.err.split("\n")) == 1


@QUIET
@given(files)
def test_any_file_is_a_configuration_or_is_refused(tw, tmp_path, data):
    file = tmp_path / "any.yaml"
    file.write_bytes(data)
    ended(tw("config", "check", "--config", file))
    ended(tw("config", "show", "--config", file, "--json"))


@QUIET
@given(way=st.sampled_from(_paths(TradewindConfig)), value=st.one_of(words, odd, plain.map(repr)))
def test_any_variable_is_a_setting_or_is_refused(tw, way, value):
    name = "TRADEWIND_" + "__".join(way).upper()
    before = dict(os.environ)
    try:
        os.environ[name] = value
        ended(tw("config", "check"))
    finally:
        os.environ.clear()
        os.environ.update(before)


def _verbs() -> dict[str, list[object]]:
    found = {}
    for name, command in typer.main.get_command(app).commands.items():
        parts = getattr(command, "commands", {"": command})
        found |= {f"{name} {sub}".strip(): one.params for sub, one in parts.items()}
    return found


VERBS = _verbs()
LONG = {"demo", "train", "validate", "backtest", "paper"}
"""With a configuration that is refused, since they would work for minutes with a right one."""
FIXED = {
    "factors check": ["no_such_factor"],
    "data stream": ["BTCUSDT", "--stream", "none_such"],
    "serve": ["--journal", "file"],
}


PATHS = {"home", "journal", "to"}
"""Options that name files; here they stay in the test's own folder."""
LEFT_OUT = {"config", "serve"}
paths = st.sampled_from(["file", "folder", "no/such", "file/under", "x" * 300])


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """A verb with some of its options, each with any value."""
    verb = draw(st.sampled_from(sorted(set(VERBS) - {"warm"})))
    line = [*verb.split(), *FIXED.get(verb, [])]
    for param in VERBS[verb]:
        options = [option for option in param.opts if option.startswith("--")]
        if param.name in LEFT_OUT or line.count(next(iter(options), "")) or not draw(st.booleans()):
            continue
        if getattr(param, "is_flag", False):
            line += options[:1]
        elif options or verb not in FIXED:
            value = draw(paths if param.name in PATHS else st.one_of(words, odd, scalars.map(str)))
            line += [*options[:1], value]
    return [*line, "--config", "refused.yaml"] if verb in LONG else line


@QUIET
@given(command_lines())
def test_any_command_line_ends_with_a_documented_code(tw, tmp_path, monkeypatch, line):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("text")
    Path("folder").mkdir(exist_ok=True)
    Path("refused.yaml").write_text("research: {train: 30y}\n")
    ended(tw(*(word.replace("\0", "") for word in line)))
    assert not Path("../../evil.journal").exists()


@pytest.mark.parametrize(
    "verb", sorted(verb for verb, params in VERBS.items() if any("--json" in p.opts for p in params))
)
def test_with_json_a_failure_is_one_object_too(tw, verb):
    done = tw(*verb.split(), "--json", "--none-such")
    assert done.code == 2
    said = done.json()["error"]
    assert set(said) == {"kind", "message", "next_step", "exit_code"}
    assert said["exit_code"] == 2
    assert "--none-such" in said["message"]
