"""``tradewind data calendar`` and ``tw.calendar`` over a loopback vendor: fetched, kept, read as of days."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "data" / "vendors"))  # what vendors answer

import fred_calendar
from calendar_answers import Desk
from misbehaving_site import Site, open_site

import tradewind as face
from tradewind.core.errors import DataError, StoreError, UnknownSymbolError

pytestmark = pytest.mark.services


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site(lambda asked: fred_calendar.answer(asked, Desk(fred_calendar.NOW))) as made:
        yield made


@pytest.fixture
def tell(tw: Any, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TRADEWIND_FRED_API_KEY", "k3y-that-must-not-show")
    config = tmp_path / "my.yaml"
    config.write_text(f"providers: {{fred: {{base_url: '{site.url}'}}}}\nhome: {tmp_path / 'home'}\n")

    def run(*words: str, code: int = 0, plain: bool = False) -> Any:
        done = tw("data", "calendar", *words, "--config", config, *([] if plain else ["--json"]))
        assert done.code == code, done.err + done.out
        assert "k3y" not in done.out + done.err
        return done if plain or code else done.json()

    return run


def test_fetched_twice_and_read_as_of_any_day(tell: Any, tmp_path: Path) -> None:
    span = ("--start", "2024-01-01", "--end", "2025-01-01")
    (first,) = tell("fred:10", "--fetch", *span)["fetched"]
    assert (first["releases"], first["added"]) == (8, 8)
    assert tell("fred:10", "--fetch", *span)["fetched"][0]["added"] == 0
    (then,) = tell("fred:10", "--as-of", "2024-03-01")
    assert [one["event"] for one in then["rows"]] == ["2024-01-11", "2024-02-13"]
    assert then["hours_to_next"] is None  # when a day was announced FRED does not say
    assert tell()["stored"] == ["fred:10"]
    frame = face.calendar("fred:10", as_of="2024-03-01", home=tmp_path / "home")
    assert list(frame.index) == ["2024-01-11", "2024-02-13"]
    assert str(frame["begin"].iloc[0]) == "2024-01-11 05:00:00+00:00"
    shown = tell("fred:10", "--as-of", "2024-03-01", plain=True).out
    assert "2024-02-13" in shown
    assert "2024-03-12" not in shown


def test_a_file_of_ones_own_says_since_when_a_day_was_known(tell: Any, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(
        "calendar,event,known,scheduled\nCPI,may,2024-01-01,2024-05-14T08:30:00-04:00\n"
        "CPI,may,2024-03-01,2024-05-15T08:30:00-04:00\n"
    )
    (read,) = tell("--import", str(file))["fetched"]
    assert (read["calendar"], read["added"]) == ("own:CPI", 2)
    home = tmp_path / "home"
    days = [face.days_to_release("own:CPI", as_of=day, home=home) for day in ("2024-02-01", "2024-05-01")]
    assert days == pytest.approx([103 + 12.5 / 24, 14 + 12.5 / 24])
    (then,) = tell("own:CPI", "--as-of", "2024-05-01", "--revisions")
    assert len(then["rows"]) == 2
    with pytest.raises(StoreError, match="own:GDP"):
        face.calendar("own:GDP", home=home)
    with pytest.raises(UnknownSymbolError, match="SOURCE:ID"):
        face.calendar("CPI", home=home)


def test_what_fails_is_said_and_does_not_stop_the_others(tell: Any) -> None:
    span = ("--start", "2024-01-01", "--end", "2025-01-01")
    done = tell("fred:999999,fred:10", "--fetch", *span, code=DataError.exit_code)
    assert "fred:999999" in done.err
    assert done.json()["fetched"][0]["added"] == 8
    for words in (("--fetch",), ("fred:10", "--fetch", "--as-of", "2024-01-01"), ("--as-of", "2024-01-01")):
        assert "Error" in tell(*words, code=2).err
