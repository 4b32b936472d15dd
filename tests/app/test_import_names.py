"""Which instruments the symbols of imported files mean."""

import numpy as np
import pytest

from tradewind.app.market.import_names import ImportNames, Naming, finest_step
from tradewind.core.errors import ConfigError, UnknownSymbolError
from tradewind.core.instruments import AssetClass
from tradewind.data.catalogue import sample_instruments
from tradewind.data.raw import RawBars


def rows(symbol: str, prices: list[float]) -> RawBars:
    values = np.array(prices)
    times = np.arange(len(values), dtype=np.int64)
    return RawBars(symbol, "1d", times, values, values, values, values, values, source="files")


def names(**said: object) -> ImportNames:
    return ImportNames(sample_instruments(), Naming(**said))  # type: ignore[arg-type]


def test_known_symbols_are_the_known_instruments() -> None:
    for symbol, wanted in (
        ("AAPL", "AAPL.XNAS"),
        ("BTCUSD", "BTC/USD.KRAKEN"),
        ("eur-usd", "EUR/USD.IDEALPRO"),
    ):
        assert names().instrument(rows(symbol, [1.0])).id == wanted
    assert names().calendar_of("EURUSD") == "24/5"


@pytest.mark.parametrize(
    ("symbol", "said", "wanted", "kind"),
    [
        ("ACME", {}, "ACME.OWN", AssetClass.EQUITY),
        ("ACME", {"venue": "XLON", "currency": "GBP", "calendar": "XLON"}, "ACME.XLON", AssetClass.EQUITY),
        ("AAPL", {"venue": "XFRA", "currency": "EUR", "calendar": "XETR"}, "AAPL.XFRA", AssetClass.EQUITY),
        ("AUDNZD", {}, "AUD/NZD.OWN", AssetClass.FX),
        ("ETHUSDT", {"tick": "0.01"}, "ETH/USDT.OWN", AssetClass.CRYPTO),
        ("GOLDUSD", {"asset_class": AssetClass.EQUITY}, "GOLDUSD.OWN", AssetClass.EQUITY),
        ("BRK.B", {}, "BRK.B.OWN", AssetClass.EQUITY),
        ("BRK-B", {}, "BRK.B.OWN", AssetClass.EQUITY),
        ("ETH-USDC", {"tick": "0.01"}, "ETH/USDC.OWN", AssetClass.CRYPTO),
    ],
)
def test_others_are_as_their_class_usually_is(
    symbol: str, said: dict[str, object], wanted: str, kind: AssetClass
) -> None:
    found = names(**said)
    made = found.instrument(rows(symbol, [1.0]))
    assert (made.id, made.asset_class) == (wanted, kind)
    assert found.made == {wanted: made}
    assert found.calendar_of(symbol) == made.calendar


@pytest.mark.parametrize("title", ["my_prices", "VIX-DAILY", "GERMAN_SIE", "data-2020"])
def test_a_files_name_that_is_no_symbol_is_not_taken_for_a_pair(title: str) -> None:
    with pytest.raises(UnknownSymbolError, match="is not a symbol") as caught:
        names().instrument(rows(title, [1.0]))
    assert "--symbol" in caught.value.next_step


def test_a_coins_tick_is_the_finest_step_of_its_prices() -> None:
    prices = [round(0.5 + nth * 0.0001, 4) for nth in range(200)]
    assert names().instrument(rows("DOGEUSDT", prices)).tick_size == "0.0001"
    with pytest.raises(ConfigError, match="10 rows are too few") as caught:
        names().instrument(rows("DOGEUSDT", prices[:10]))
    assert "--tick" in caught.value.next_step


@pytest.mark.parametrize(
    ("prices", "step"),
    [
        ([1.0, 20.0], "1"),
        ([1.5, 20.0], "0.1"),
        ([0.1 + 0.2, 7.07], "0.01"),
        ([61234.56, 99999.99], "0.01"),
        ([0.00001234, 0.5], "0.00000001"),
        ([1 / 3], "0.0000000001"),
    ],
)
def test_the_finest_step(prices: list[float], step: str) -> None:
    assert finest_step(np.array(prices)) == step


def test_a_symbol_of_several_venues_is_asked_about() -> None:
    found = names(venue="XLON")
    found.instrument(rows("AAPL", [1.0]))
    two = ImportNames({**sample_instruments(), **found.made}, Naming())
    with pytest.raises(UnknownSymbolError, match="several venues") as caught:
        two.instrument(rows("AAPL", [1.0]))
    assert "--venue" in caught.value.next_step
