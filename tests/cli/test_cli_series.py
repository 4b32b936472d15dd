"""``tradewind data series`` and ``tw.series`` over a loopback vendor: fetched, kept, read as of a moment."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "data" / "vendors"))  # what vendors answer

import blockchain_series
import fred_series
from misbehaving_site import Site, open_site
from series_answers import Desk
from vendor_answers import DAY

import tradewind as face
from tradewind.core.errors import ConfigError, DataError, StoreError, UnknownSymbolError
from tradewind.core.timestamps import iso

pytestmark = pytest.mark.services

HELD = fred_series.VENDOR.held


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with open_site(lambda asked: fred_series.answer(asked, Desk(fred_series.NOW))) as made:
        yield made


@pytest.fixture
def tell(tw: Any, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TRADEWIND_FRED_API_KEY", "k3y-that-must-not-show")
    config = tmp_path / "my.yaml"
    config.write_text(f"providers: {{fred: {{base_url: '{site.url}'}}}}\nhome: {tmp_path / 'home'}\n")

    def run(*words: str, code: int = 0, plain: bool = False) -> Any:
        done = tw("data", "series", *words, "--config", config, *([] if plain else ["--json"]))
        assert done.code == code, done.err + done.out
        assert "k3y" not in done.out + done.err
        return done if plain or code else done.json()

    return run


def read_at(moment: int) -> list[tuple[str, float]]:
    known = sorted((one for one in HELD if one.known <= moment), key=lambda one: one.known)
    newest = {one.period: one.value for one in known}
    return [(iso(period)[:10], value) for period, value in sorted(newest.items())]


def test_fetched_twice_and_read_as_of_any_day(tell: Any) -> None:
    (first,) = tell("fred:INDPRO", "--fetch")["fetched"]
    assert (first["observations"], first["added"], first["differing"]) == (len(HELD), len(HELD), 0)
    (again,) = tell("fred:INDPRO", "--fetch")["fetched"]
    assert (again["added"], again["differing"]) == (0, 0)
    for one in HELD[::7]:
        for moment in (one.known - 10**9, one.known):
            (shown,) = tell("fred:INDPRO", "--as-of", iso(moment), "--rows", "1000")
            assert [(row["period"], row["value"]) for row in shown["rows"]] == read_at(moment)
    (now,) = tell("fred:INDPRO", "--rows", "3")
    assert [(row["period"], row["value"]) for row in now["rows"]] == read_at(fred_series.NOW)[-3:]
    (every,) = tell("fred:INDPRO", "--revisions", "--rows", "1000")
    assert [row["value"] for row in every["rows"]] == [one.value for one in HELD]
    assert tell()["stored"] == ["fred:INDPRO"]


def test_the_table_for_people_says_period_and_moment(tell: Any) -> None:
    said = tell("fred:INDPRO", "--fetch", plain=True)
    assert "Fetching: 1 of 1 fred:INDPRO" in said.err
    assert f"{len(HELD)}" in said.out
    shown = tell("fred:INDPRO", "--as-of", "2013-01-15", plain=True).out
    assert "as of 2013-01-15T00:00:00Z" in shown
    assert "2012-11-01" in shown
    assert "2013-01-13T06:00:00Z" in shown
    assert "2013-02-01" not in shown


def test_in_python_it_is_a_frame_of_what_was_known(tell: Any, tmp_path: Path) -> None:
    tell("fred:INDPRO", "--fetch")
    home = tmp_path / "home"
    frame = face.series("fred:INDPRO", as_of="2013-01-15", home=home)
    moment = 1_358_208_000_000_000_000
    assert [(f"{at:%Y-%m-%d}", value) for at, value in frame["value"].items()] == read_at(moment)
    assert (frame["known"] <= "2013-01-15T00:00:00Z").all()
    steps = face.series("fred:INDPRO", as_of="2013-01-15", steps=True, home=home)
    assert steps.index.is_monotonic_increasing
    for at, row in steps.iterrows():
        assert (f"{row['period']:%Y-%m-%d}", row["value"]) == read_at(at.value)[-1]
    assert len(face.series("fred:INDPRO", revisions=True, home=home)) == len(HELD)
    with pytest.raises(ConfigError, match="Both steps"):
        face.series("fred:INDPRO", steps=True, revisions=True, home=home)
    with pytest.raises(ConfigError, match="no time zone"):
        face.series("fred:INDPRO", as_of="2013-01-15T10:00:00", home=home)
    with pytest.raises(StoreError, match="fred:NOPE is stored"):
        face.series("fred:NOPE", home=home)


def test_what_a_source_tells_otherwise_is_a_revision_and_the_past_stays(tw: Any, tmp_path: Path) -> None:
    factor = [1.0]

    def reply(asked: Any) -> Any:
        status, headers, body = blockchain_series.answer(asked, Desk(blockchain_series.NOW))
        said = json.loads(body)
        said["values"][5]["y"] *= factor[0]
        return status, headers, json.dumps(said).encode()

    day = iso(blockchain_series.START + 5 * DAY)[:10]
    after = iso(blockchain_series.START + 6 * DAY)[:10]
    with open_site(reply) as site:
        config = tmp_path / "my.yaml"
        limits = f"base_url: '{site.url}', cache_ttl_s: 0"
        config.write_text(f"providers: {{blockchain: {{{limits}}}}}\nhome: {tmp_path / 'home'}\n")
        named = ("data", "series", "blockchain:n-transactions", "--config", config, "--json")
        said = []
        for factor[0] in (1.0, 2.0, 2.0):
            for file in (tmp_path / "home").rglob("limits.sqlite*"):
                file.unlink()  # one call in ten seconds is not waited for here
            (fetched,) = tw(*named, "--fetch").json()["fetched"]
            said.append((fetched["added"], fetched["differing"]))
        assert said[1:] == [(1, 1), (0, 1)]
        span = ("--start", day, "--end", after)
        (now,) = tw(*named, *span).json()
        (then,) = tw(*named, *span, "--as-of", "2022-06-01").json()
    figure = blockchain_series.figure(5)
    assert [row["value"] for row in now["rows"] + then["rows"]] == [2.0 * figure, figure]


def test_a_search_asks_those_that_can_and_looks_through_the_others(
    tell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = tell("--search", "hash rate")
    assert found["found"]["blockchain:hash-rate"] == "hash rate"
    assert found["found"]["fred:INDPRO"].startswith("About hash rate; Monthly, Index, 1919-01-01")
    assert not any(name.startswith(("sec:", "coingecko:")) for name in found["found"])
    monkeypatch.delenv("TRADEWIND_FRED_API_KEY")
    done = tell("--search", "unemployment", plain=True)
    assert "fred:UNRATE" in done.out  # what is known of it without asking
    assert "fred was not asked: The provider 'fred' wants a key" in done.err
    assert "No series about xyzzy is known." in tell("--search", "xyzzy", plain=True).out


def test_one_that_fails_does_not_stop_the_others(tell: Any) -> None:
    done = tell("blockchain:..,fred:INDPRO", "--fetch", code=DataError.exit_code)
    found = done.json()
    assert [one["series"] for one in found["fetched"]] == ["fred:INDPRO"]
    assert [one["series"] for one in found["failed"]] == ["blockchain:.."]
    assert "Error: blockchain:..: '..' is no name of a chart." in done.err


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("UNRATE --fetch", UnknownSymbolError.exit_code, "Write SOURCE:ID, as in fred:UNRATE."),
        ("frde:UNRATE --fetch", 2, "There is no series source called 'frde'."),
        ("--fetch", 2, "names no series"),
        ("fred:INDPRO --search rate", 2, "Search first"),
        ("fred:INDPRO --fetch --as-of 2020-01-01", 2, "Both --fetch and --as-of"),
        ("fred:INDPRO --fetch --start 2020-01-02 --end 2020-01-01", 2, "holds no periods"),
        ("fred:INDPRO --fetch --start 1492-01-01", 2, "holds no periods"),
        ("fred:INDPRO --as-of yesterday", 2, "'yesterday' is not a date or time."),
        ("fred:UNRATE", StoreError.exit_code, "tradewind data series fred:UNRATE --fetch"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(tell: Any, line: str, code: int, said: str) -> None:
    assert said in tell(*line.split(), code=code, plain=True).one_error()


def test_who_asks_the_sec_is_a_setting(tell: Any, tmp_path: Path) -> None:
    sources = {one["name"]: one["takes"] for one in tell()["sources"]}
    assert sources["sec"] == ["providers.sec.contact"]
    assert sources["fred"] == ["TRADEWIND_FRED_API_KEY"]
    config = tmp_path / "my.yaml"
    config.write_text(config.read_text() + "plugins: []\n")
    done = tell("sec:320193/us-gaap/Assets/instant", "--fetch", code=4, plain=True)
    assert "providers.sec.contact is not set" in done.err
