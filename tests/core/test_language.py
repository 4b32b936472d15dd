"""Symbols, times, sessions, registry and the wire format: what every room takes for granted."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import ConfigError, RegistryError, UnknownSymbolError
from tradewind.core.events import Command, Sealed, decode_event, encode_event
from tradewind.core.forecasts import FactorRow
from tradewind.core.instruments import AssetClass, Instrument, canonical_symbol, find_instrument
from tradewind.core.market import Bar
from tradewind.core.market_sessions import market_sessions_at
from tradewind.core.registry import Registry
from tradewind.core.timestamps import from_ns, iso, parse_ns, to_ns


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("BTCUSDT", "BTC/USDT"),
        ("btc-usd", "BTC/USD"),
        ("EUR/USD", "EUR/USD"),
        ("eurusd", "EUR/USD"),
        ("AAPL", "AAPL"),
        ("BRK.B", "BRK.B"),
        ("^GSPC", "^GSPC"),
    ],
)
def test_symbols_as_people_write_them(written: str, ours: str) -> None:
    assert canonical_symbol(written) == ours


def test_an_unknown_symbol_says_what_there_is() -> None:
    aapl = Instrument(
        symbol="AAPL", asset_class=AssetClass.EQUITY, venue="XNAS", quote_currency="USD",
        tick_size="0.01", lot_size="1", calendar="XNYS",
    )  # fmt: skip
    known = {aapl.id: aapl}
    assert find_instrument(known, "aapl") is aapl
    with pytest.raises(UnknownSymbolError, match=r"'MSFTX'.*AAPL\.XNAS"):
        find_instrument(known, "MSFTX")
    with pytest.raises(UnknownSymbolError, match="not a symbol"):
        canonical_symbol("; drop table")


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001
def test_times_round_trip_to_the_microsecond(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    assert from_ns(to_ns(aware)) == aware
    assert parse_ns(iso(to_ns(aware))) == to_ns(aware)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ConfigError, match="no time zone"):
        to_ns(datetime(2020, 1, 1))  # noqa: DTZ001
    with pytest.raises(ConfigError, match="'yesterday'"):
        parse_ns("yesterday")


@pytest.mark.parametrize(
    ("time", "names"),
    [
        ("2020-01-06T00:30:00+00:00", ("sydney", "tokyo")),
        ("2020-01-06T08:30:00+00:00", ("tokyo", "london")),
        ("2020-01-06T14:00:00+00:00", ("london", "new_york")),
        ("2020-01-06T22:00:00+00:00", ("sydney",)),
    ],
)
def test_a_moment_can_lie_in_several_market_sessions(time: str, names: tuple[str, ...]) -> None:
    assert market_sessions_at(parse_ns(time)) == names


def test_events_round_trip_and_carry_their_field_names() -> None:
    bar = Bar(ts_event=5, instrument_id="AAPL", open=1.0, high=2.0, low=0.5, close=1.5, volume=10.0)
    assert decode_event(encode_event(bar)) == bar
    assert b"instrument_id" in encode_event(bar)
    command = Command(ts_event=1, verb="kill", operator=Sealed(key_id="k", nonce=b"n", ciphertext=b"c"))
    assert decode_event(encode_event(command)) == command
    row = FactorRow(ts_event=1, instrument_id="AAPL", values=(1.0, float("nan")))
    assert encode_event(decode_event(encode_event(row))) == encode_event(row)
    with pytest.raises(msgspec.ValidationError):
        decode_event(msgspec.msgpack.encode({"type": "no such event", "ts_event": 1}))


def test_one_file_in_the_folder_is_one_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "plugins_under_test"
    folder.mkdir()
    registry: Registry[object] = Registry("toy", "plugins_under_test")
    folder.joinpath("__init__.py").write_text("from test_language_registry import TOYS\n")
    folder.joinpath("one.py").write_text(
        "from plugins_under_test import TOYS\n@TOYS.register('one')\ndef one(): ...\n"
        "@TOYS.register('two', needs=('no_such_library',), extra='toys')\ndef two(): ...\n"
    )
    module = type(sys)("test_language_registry")
    module.TOYS = registry  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "test_language_registry", module)
    monkeypatch.syspath_prepend(tmp_path)
    assert registry.names() == ["one", "two"]
    assert registry.names(available_only=True) == ["one"]
    with pytest.raises(RegistryError, match=r"pip install 'tradewind\[toys\]'"):
        registry.get("two")
    with pytest.raises(RegistryError, match=r"no toy called 'three'.*one, two"):
        registry.get("three")
    with pytest.raises(RegistryError, match="Two toys are called 'one'"):
        registry.add("one", object())
