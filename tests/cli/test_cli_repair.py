"""``tradewind data repair`` on an imported file with a stretch in pence and a dividend in pence."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from tradewind.cli.main import app
from tradewind.core.errors import ConfigError
from tradewind.core.timestamps import parse_ns
from tradewind.data.calendars import expected_closes

ROWS, PENCE = 300, slice(200, 210)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random walk that pays 2 % four times, with faults."""
    rng = np.random.default_rng(3)
    days = expected_closes("XNYS", "1d", parse_ns("2020-01-02"), parse_ns("2021-06-01"))[:ROWS]
    close, paid, unit = 50.0 * np.exp(np.cumsum(rng.normal(0, 0.012, ROWS))), np.zeros(ROWS), np.ones(ROWS)
    for row in (60, 120, 180, 240):
        paid[row] = 0.02 * close[row - 1]
        close[row:] *= 0.98
    paid[120] *= 100.0
    unit[PENCE] = 100.0
    opens = np.append(close[:1], close[:-1])
    high, low = np.maximum(opens, close) * 1.004, np.minimum(opens, close) * 0.996
    lines = ["date,open,high,low,close,volume,dividend,split"]
    for row in range(ROWS):
        day = np.datetime64(int(days[row]), "ns").astype("datetime64[D]")
        four = ",".join(f"{side[row] * unit[row]:.6f}" for side in (opens, high, low, close))
        lines.append(f"{day},{four},{1000 + row},{paid[row]:.6f},1.0")
    path = tmp_path_factory.mktemp("files") / "ACME.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def tell(file: Path, tmp_path: Path) -> Any:
    def run(*words: str, code: int = 0) -> Any:
        result = CliRunner().invoke(app, ["data", *words, "--home", str(tmp_path), "--json"])
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if code == 0 else result

    run("import", str(file), "--calendar", "XNYS")
    return run


def test_cases_are_listed_accepted_and_withdrawn(tell: Any) -> None:
    cases = {case["rule"]: case for case in tell("repair", "ACME")["cases"]}
    assert cases["price_unit"]["rows"] == 10
    assert "times 0.01" in cases["price_unit"]["repair"]
    assert "dividend_unit" in cases
    broken = tell("show", "ACME", "--rows", str(ROWS))
    assert (broken["score"], broken["repaired"]) == (50.0, False)

    pence = cases["price_unit"]["id"]
    (made,) = tell("repair", "ACME", "--accept", pence, "--by", "ann", "--note", "seen")
    assert (made["choice"], made["by"], made["note"], made["id"]) == ("accepted", "ann", "seen", pence)
    assert made["old"] == pytest.approx(100.0 * made["new"])
    shown = tell("show", "ACME", "--rows", str(ROWS))
    assert shown["repaired"] is True
    closes = [bar["close"] for bar in shown["last_bars"]]
    assert max(closes) < 100.0
    assert tell("load", "ACME")["loaded"][0]["score"] > 90.0

    tell("repair", "ACME", "--withdraw", pence[:6])
    assert tell("show", "ACME", "--rows", str(ROWS))["last_bars"] == broken["last_bars"]
    told = tell("repair", "ACME")
    assert [one["choice"] for one in told["choices"]] == ["accepted", "withdrawn"]
    assert {case["id"]: case["state"] for case in told["cases"]}[pence] == "open"


def test_a_case_is_explained_with_its_bars_before_and_after(tell: Any) -> None:
    pence = next(case for case in tell("repair", "ACME")["cases"] if case["rule"] == "price_unit")
    told = tell("repair", "ACME", "--explain", pence["id"])
    assert len(told["bars"]) == 5
    assert all(bar["close_old"] == pytest.approx(100.0 * bar["close_new"]) for bar in told["bars"])
    assert "100 times what the bars around say" in told["what"]


def test_a_dividend_is_put_right(tell: Any) -> None:
    case = next(case for case in tell("repair", "ACME")["cases"] if case["rule"] == "dividend_unit")
    tell("repair", "ACME", "--accept", case["id"])
    assert case["new"] == pytest.approx(case["old"] / 100.0)
    assert tell("show", "ACME")["actions"] == 4
    rules = tell("load", "ACME")["loaded"][0]["findings"]
    assert "dividend_unit" not in rules


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("repair", "ACME", "--accept", "ffffffff"), "No cases of ACME.OWN have the id 'ffffffff'"),
        (("repair", "ACME", "--accept", "a", "--reject", "b"), "Several of --accept"),
    ],
)
def test_mistakes_are_named(tell: Any, words: tuple[str, ...], reason: str) -> None:
    result = tell(*words, code=1)
    assert isinstance(result.exception, ConfigError)
    assert reason in str(result.exception)
