"""What an exchange says of its pairs, into a configuration file that keeps every word that stood in it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_exchange import Exchange, exchange
from live_market import FastClock
from typer.testing import CliRunner

from tradewind.app.config import TradewindConfig, load_config
from tradewind.app.config_check import check_config
from tradewind.app.market.instrument_entries import said_by, write_entries
from tradewind.app.market.instrument_listing import listed_by
from tradewind.app.market.vendor_config import VendorConfig
from tradewind.app.market.workspace import instrument_names, make_provider
from tradewind.cli.data import app
from tradewind.core.errors import ConfigError, CorruptFileError, UnknownSymbolError

PAIRS = ["BTCUSDT", "ETH/USDT.BINANCE"]
FILES = {
    "none": None,
    "empty": "",
    "other keys, no last line's end": "seed: 11 # mine\nsession: {cash: 5000}",
    "an empty section": "seed: 11\ninstruments:\nhome: x\n",
    "a section of one's own": (
        "# before\ninstruments:   # mine\n    # a stock\n    ACME.OWN:\n        tick: '0.05'  # odd\n"
        "        calendar: XNYS\n\nseed: 3\n# after\n"
    ),
}


@pytest.fixture(scope="module")
def site() -> Iterator[Exchange]:
    with exchange(FastClock(time.time_ns(), 1.0)) as found:
        yield found


def config_of(home: Path, site: Exchange) -> TradewindConfig:
    return TradewindConfig(home=home, providers={"binance": VendorConfig(base_url=site.rest_url)})


@pytest.mark.services
@pytest.mark.parametrize("name", FILES)
def test_entries_make_the_instrument_again_and_leave_the_file_as_it_was(
    name: str, tmp_path: Path, site: Exchange
) -> None:
    file, text = tmp_path / "t.yaml", FILES[name]
    if text is not None:
        file.write_text(text, "utf-8")
    (tmp_path / "before.yaml").write_text((text or "").replace("instruments:\nhome", "home"), "utf-8")
    before = load_config(tmp_path / "before.yaml")
    found = said_by(config_of(tmp_path / "home", site), "binance", PAIRS)
    assert write_entries(file, found) == ["BTC/USDT.BINANCE", "ETH/USDT.BINANCE"]
    after = load_config(file)
    check_config(after)
    assert after.model_dump(exclude={"instruments"}) == before.model_dump(exclude={"instruments"})
    assert before.instruments.items() <= after.instruments.items()
    known = instrument_names(after).known
    for one in found:
        assert known[one.instrument.id] == one.instrument
    if text is not None:
        kept = [line for line in text.splitlines() if line.strip()]
        now = [line for line in file.read_text("utf-8").splitlines() if "USDT" not in line]
        assert [line for line in now if line.strip() and (line in kept or line != "instruments:")] == kept
    written = file.read_bytes()
    assert write_entries(file, found) == [], "once is enough"
    assert file.read_bytes() == written
    assert [p.name for p in tmp_path.glob(".*")] == []


@pytest.mark.services
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "instruments: {ACME.OWN: {tick: '0.05'}}\n",
            "section instruments is written in one line",
        ),
        (
            "instruments:\n  BTC/USDT.BINANCE: {tick: '0.5'}\n",
            "line 2: BTC/USDT.BINANCE is",
        ),
        ("- a list\n", "a configuration is a mapping"),
        ("seed: [1\n", "this is not YAML"),
    ],
)
def test_a_file_that_cannot_take_them_is_left_as_it_is(
    text: str, said: str, tmp_path: Path, site: Exchange
) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(text, "utf-8")
    found = said_by(config_of(tmp_path / "home", site), "binance", PAIRS)
    with pytest.raises(ConfigError, match=said):
        write_entries(file, found)
    assert file.read_text("utf-8") == text


@pytest.mark.services
def test_the_command_shows_and_writes(tmp_path: Path, site: Exchange) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(f"providers: {{binance: {{base_url: '{site.rest_url}'}}}}\n", "utf-8")
    places = ["--config", str(file), "--home", str(tmp_path / "h")]
    words = ["instruments", "BTC-USDT", "--from", "binance", *places]
    shown = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    (one,) = shown["instruments"]
    assert (one["entry"]["tick"], one["entry"]["lot"], shown["written"]) == ("0.01", "0.00001", [])
    assert "calendar" in one["assumed"]
    done = CliRunner().invoke(app, [*words, "--write", str(file)])
    assert "1 of 1 are new" in done.stdout
    again = CliRunner().invoke(app, ["instruments", "BTC/USDT.BINANCE", *places, "--json"])
    listed = json.loads(again.stdout)
    assert [one["instrument_id"] for one in listed] == ["BTC/USDT.BINANCE"]


@pytest.mark.services
def test_sources_and_symbols_that_there_are_not_are_named(tmp_path: Path, site: Exchange) -> None:
    config = config_of(tmp_path, site)
    with pytest.raises(ConfigError, match=r"'sample' does not describe instruments.*"):
        said_by(config, "sample", PAIRS)
    with pytest.raises(ConfigError, match="No symbol of binance is named"):
        said_by(config, "binance", [])
    with pytest.raises(UnknownSymbolError):
        said_by(config, "binance", ["NOPE"])


# All that a source lists ---------------------------------------------------------------------


@pytest.mark.services
def test_all_that_is_listed_goes_into_a_file_of_instruments_that_a_configuration_names(
    tmp_path: Path, site: Exchange
) -> None:
    own, file = tmp_path / "t.yaml", tmp_path / "all.json"
    own.write_text(f"providers: {{binance: {{base_url: '{site.rest_url}'}}}}\n", "utf-8")
    places = ["--config", str(own), "--home", str(tmp_path / "h")]
    words = ["instruments", "--from", "binance", "--quote", "usdt", *places]
    done = CliRunner().invoke(app, [*words, "--write", str(file), "--json"])
    shown = json.loads(done.stdout)
    assert shown["written"] == ["BTC/USDT.BINANCE", "ETH/USDT.BINANCE"]
    assert (shown["not_traded"], [one["symbol"] for one in shown["left_out"]]) == (1, ["BADUSDT"])
    assert "Left out: BADUSDT: The tickSize of BADUSDT is '0', which is no grid." in done.stderr
    written = file.read_bytes()
    again = CliRunner().invoke(app, [*words, "--write", str(file)])
    assert "0 of 2 are new" in again.stdout
    assert file.read_bytes() == written
    config = load_config(own, instrument_file=file)
    known = instrument_names(config).known
    for one in listed_by(config_of(tmp_path / "h", site), "binance").said:
        assert known[one.instrument.id] == one.instrument


@pytest.mark.services
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--all", "BTC/USDT"], "all are asked for"),
        (["--class", "bond"], "There is no class 'bond'"),
        (["--class", "fx"], "lists nothing of that class and currency (fx, any)"),
        (["--quote", "XYZ"], "quoted in USDT"),
    ],
)
def test_a_choice_that_there_is_not_is_said(
    words: list[str], said: str, tmp_path: Path, site: Exchange
) -> None:
    own = tmp_path / "t.yaml"
    own.write_text(f"providers: {{binance: {{base_url: '{site.rest_url}'}}}}\n", "utf-8")
    places = ["--config", str(own), "--home", str(tmp_path / "h")]
    done = CliRunner().invoke(app, ["instruments", "--from", "binance", *words, *places])
    assert isinstance(done.exception, ConfigError)
    assert said in str(done.exception)


@pytest.mark.services
def test_the_fees_of_ones_own_tier_are_those_of_every_instrument_of_the_exchange(
    tmp_path: Path, site: Exchange
) -> None:
    file = tmp_path / "t.yaml"
    fees = "fees: {maker_bps: 9, taker_bps: 10}"
    file.write_text(f"providers: {{binance: {{base_url: '{site.rest_url}', {fees}}}}}\n", "utf-8")
    config = load_config(file, home=tmp_path / "h")
    listed = listed_by(config, "binance").said
    for one in (*said_by(config, "binance", PAIRS), *listed):
        assert one.entry["fees"] == {"maker_bps": 9.0, "taker_bps": 10.0, "fee_in": "quote"}
    assert said_by(config_of(tmp_path / "g", site), "binance", PAIRS)[0].entry["fees"]["maker_bps"] == 10.0
    file.write_text(f"providers: {{yahoo: {{{fees}}}}}\nprovider: yahoo\n", "utf-8")
    with pytest.raises(ConfigError, match="'yahoo' has no fees to set"):
        make_provider(load_config(file, home=tmp_path / "h"), "yahoo")


def test_a_source_that_lists_nothing_names_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'sample' does not list.*alpaca, binance, coinbase"):
        listed_by(TradewindConfig(home=tmp_path), "sample")


@pytest.mark.services
def test_what_cannot_be_added_to_is_left_as_it_is(tmp_path: Path, site: Exchange) -> None:
    own, file = tmp_path / "t.yaml", tmp_path / "all.json"
    own.write_text(f"providers: {{binance: {{base_url: '{site.rest_url}'}}}}\n", "utf-8")
    file.write_text('[{"symbol": "X"}]', "utf-8")
    places = ["--config", str(own), "--home", str(tmp_path / "h")]
    done = CliRunner().invoke(
        app, ["instruments", "--from", "binance", "--all", *places, "--write", str(file)]
    )
    assert isinstance(done.exception, CorruptFileError)
    assert file.read_text("utf-8") == '[{"symbol": "X"}]'
    many = "".join(f"  C{nth}/USDT.OWN: {{tick: '0.1', lot: '1', currency: USDT}}\n" for nth in range(2_499))
    full = tmp_path / "full.yaml"
    full.write_text(f"instruments:\n{many}", "utf-8")
    before = full.read_bytes()
    done = CliRunner().invoke(
        app, ["instruments", "--from", "binance", "--all", *places, "--write", str(full)]
    )
    assert isinstance(done.exception, ConfigError)
    assert "cannot take 2 more instruments" in str(done.exception)
    assert "--write instruments.json" in str(done.exception)
    assert full.read_bytes() == before
    assert [path.name for path in tmp_path.glob(".*")] == []
