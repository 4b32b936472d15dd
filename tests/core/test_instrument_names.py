"""What people write finds the instrument that they mean, or asks; an id always finds itself."""

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import ConfigError, UnknownSymbolError
from tradewind.core.instruments import (
    AssetClass,
    Instrument,
    find_instrument,
    instrument_id,
    require_built,
    symbol_of,
    venue_of,
)

VENUES = ("XNAS", "XNYS", "BINANCE", "KRAKEN", "IDEALPRO", "B", "SIM-2")
NAMES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=6)
PAIRS = st.tuples(NAMES, st.sampled_from(("USDT", "USD", "EUR", "BTC"))).map("/".join)
CLASSED = st.tuples(NAMES, st.sampled_from("AB")).map(".".join)
SYMBOLS = st.one_of(NAMES, PAIRS, CLASSED, NAMES.map("^".__add__))


def made(symbol: str, venue: str, **changes: object) -> Instrument:
    fields: dict[str, object] = {
        "symbol": symbol,
        "asset_class": AssetClass.EQUITY,
        "venue": venue,
        "quote_currency": "USD",
        "tick_size": "0.01",
        "lot_size": "1",
        "calendar": "XNYS",
    }
    return Instrument(**(fields | changes))  # type: ignore[arg-type]


def by_id(*instruments: Instrument) -> dict[str, Instrument]:
    return {one.id: one for one in instruments}


KNOWN = by_id(
    made("BTC/USDT", "BINANCE"),
    made("BTC/USDT", "KRAKEN"),
    made("BTC/USD", "KRAKEN"),
    made("BRK.B", "XNYS"),
    made("AAPL", "XNAS"),
    made("^FCHI", "XPAR"),
)


@given(st.sets(st.tuples(SYMBOLS, st.sampled_from(VENUES)), min_size=1, max_size=12))
def test_an_id_always_finds_itself(pairs: set[tuple[str, str]]) -> None:
    known = by_id(*(made(symbol, venue) for symbol, venue in pairs))
    assert len(known) == len(pairs)
    for name, one in known.items():
        assert find_instrument(known, name) is one
        assert find_instrument(known, f" {name.lower()} ") is one
        assert instrument_id(symbol_of(name), venue_of(name)) == name
        assert (symbol_of(name), venue_of(name)) == (one.symbol, one.venue)


@given(st.sets(SYMBOLS, min_size=1, max_size=8), st.sampled_from(VENUES[:5]))
def test_on_one_venue_the_symbol_is_enough(symbols: set[str], venue: str) -> None:
    known = by_id(*(made(symbol, venue) for symbol in symbols))
    for one in known.values():
        assert find_instrument(known, one.symbol) is one


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("AAPL", "AAPL.XNAS"),
        ("aapl.xnas", "AAPL.XNAS"),
        ("BTCUSDT.BINANCE", "BTC/USDT.BINANCE"),
        ("btc-usdt.kraken", "BTC/USDT.KRAKEN"),
        ("BTC/USDT.BINANCE", "BTC/USDT.BINANCE"),
        ("BTCUSD", "BTC/USD.KRAKEN"),
        ("BRK.B", "BRK.B.XNYS"),
        ("brk.b.xnys", "BRK.B.XNYS"),
        ("^FCHI", "^FCHI.XPAR"),
    ],
)
def test_what_people_write(written: str, meant: str) -> None:
    assert find_instrument(KNOWN, written).id == meant


def test_a_symbol_on_several_venues_is_asked_for() -> None:
    with pytest.raises(UnknownSymbolError) as said:
        find_instrument(KNOWN, "btcusdt")
    assert str(said.value) == (
        "'btcusdt' is traded on several venues. Write one of BTC/USDT.BINANCE, BTC/USDT.KRAKEN."
    )


@pytest.mark.parametrize("written", ["BTC/USD.BINANCE", "AAPL.XNYS", "BRK", "MSFT", "BTCUSDT.NOWHERE"])
def test_what_there_is_not_is_said_with_what_there_is(written: str) -> None:
    with pytest.raises(UnknownSymbolError, match=r"AAPL\.XNAS, BRK\.B\.XNYS"):
        find_instrument(KNOWN, written)


def test_one_asset_on_two_venues_is_two_instruments() -> None:
    binance, kraken = KNOWN["BTC/USDT.BINANCE"], KNOWN["BTC/USDT.KRAKEN"]
    assert binance.id != kraken.id
    assert binance.asset == kraken.asset == "BTC"


@pytest.mark.parametrize("venue", ["", "NAS.DAQ", "xnas", "A/B"])
def test_a_venue_that_would_not_come_apart_again_is_refused(venue: str) -> None:
    with pytest.raises(ConfigError, match="cannot be the venue of AAPL"):
        instrument_id("AAPL", venue)


@pytest.mark.parametrize(
    "terms", [{"asset_class": AssetClass.FUTURE}, {"multiplier": "50"}, {"expiry_ns": 1}, {"strike": "100"}]
)
def test_contracts_are_refused_by_name_until_they_are_built(terms: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"ESZ6\.CME.*cannot be traded yet"):
        require_built(made("ESZ6", "CME", **terms))
    require_built(made("AAPL", "XNAS"))


def test_a_record_from_before_minimum_notionals_is_read_and_written_as_it_was() -> None:
    old = (
        b'{"symbol":"BTC/USD","asset_class":"crypto","venue":"KRAKEN","quote_currency":"USD",'
        b'"tick_size":"0.01","lot_size":"0.0001","calendar":"24/7"}'
    )
    read = msgspec.json.decode(old, type=Instrument)
    assert (read.minimum_notional, read.minimum_notional_e8) == ("", 0)
    assert msgspec.json.encode(read) == old
    new = made("BTC/USD", "KRAKEN", minimum_notional="0.000000005")
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(new), type=Instrument) == new
    assert new.minimum_notional_e8 == Fraction(1, 2)
