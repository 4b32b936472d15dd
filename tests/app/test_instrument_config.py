"""``instruments:`` says what an instrument is, and imported bars are used where there are some."""

from pathlib import Path

import numpy as np
import pytest

from tradewind.app.config import DateWindow, TradewindConfig, load_config
from tradewind.app.config_check import check_config
from tradewind.app.market.history import load_series
from tradewind.app.market.workspace import files_folder, instrument_names, open_workspace
from tradewind.core.errors import ConfigError, TradewindError
from tradewind.core.instruments import FeeSchedule
from tradewind.data.calendars import stamp_days
from tradewind.data.catalogue import CRYPTO_FEES, STOCK_FEES
from tradewind.data.describing import usual_instrument
from tradewind.data.raw import RawBars
from tradewind.data.vendors.files.kept import keep_instruments, keep_rows

DAYS = np.arange(18_262, 18_292)  # 2020-01-01 on
WINDOW = DateWindow(start="2020-01-01", end="2020-02-01")


def known(**instruments: dict[str, object]) -> TradewindConfig:
    return TradewindConfig.model_validate({"instruments": instruments})


def test_an_own_instrument_is_found_by_its_symbol_with_usual_and_given_terms() -> None:
    config = TradewindConfig.model_validate(
        {
            "instruments": {
                "ACME": {"fees": {"taker_bps": 2.5, "minimum": 1}, "tick": 0.05, "half_spread_bps": 3},
                "SOL/USDT.KRAKEN": {"tick": "0.001", "lot": "0.01", "minimum_notional": 2.5},
                "7203.XTKS": {"currency": "JPY", "calendar": "XTKS", "tick": "1"},
            }
        }
    )
    found = instrument_names(config).find(["acme", "SOLUSDT.KRAKEN", "7203"])
    acme, coin, toyota = found.values()
    assert acme.id == "ACME.OWN"
    assert acme.fees == FeeSchedule(taker_rate_e8=25_000, minimum_e8=100_000_000)
    assert (acme.tick_size, acme.lot_size, acme.calendar, acme.half_spread_bps) == ("0.05", "1", "XNYS", 3)
    assert (coin.asset_class, coin.calendar, coin.quote_currency, coin.lot_size) == (
        "crypto",
        "24/7",
        "USDT",
        "0.01",
    )
    assert (acme.minimum_notional, coin.minimum_notional) == ("", "2.5")
    assert (toyota.id, toyota.quote_currency, toyota.calendar) == ("7203.XTKS", "JPY", "XTKS")


def test_an_instrument_of_which_nobody_says_what_it_pays_pays_as_usual_for_its_class() -> None:
    config = TradewindConfig.model_validate(
        {"instruments": {"ACME": {}, "SOL/USDT.KRAKEN": {"tick": "0.01"}}}
    )
    stock, coin = instrument_names(config).find(["ACME", "SOLUSDT.KRAKEN"]).values()
    assert (stock.fees, coin.fees) == (STOCK_FEES, CRYPTO_FEES)
    free = TradewindConfig.model_validate({"instruments": {"ACME": {"fees": {}}}})
    assert instrument_names(free).known["ACME.OWN"].fees == FeeSchedule()


def test_the_section_goes_on_top_of_what_is_known_of_the_sample() -> None:
    (apple,) = instrument_names(known(AAPL={"half_spread_bps": 7})).find(["AAPL"]).values()
    assert (apple.id, apple.half_spread_bps, apple.calendar) == ("AAPL.XNAS", 7, "XNYS")
    assert apple.fees is not None  # the sample's


@pytest.mark.parametrize(
    ("instruments", "said"),
    [
        ({"DOGE/USDT": {}}, r"instruments\.DOGE/USDT: .*tick"),
        ({"7203.XTKS": {"currency": "JPY"}}, r"instruments\.7203\.XTKS: .*days"),
        ({"ACME": {"calendar": "NOWHERE"}}, r"instruments\.ACME\.calendar: .*NOWHERE"),
        ({"AAPL": {}, "AAPL.XNAS": {}}, r"AAPL\.XNAS stands in it twice"),
        ({"A B": {}}, r"instruments\.A B: 'A B' is not a symbol"),
    ],
)
def test_what_can_be_no_instrument_is_refused_by_its_key(
    instruments: dict[str, object], said: str, tmp_path: Path
) -> None:
    config = TradewindConfig.model_validate({"instruments": instruments, "home": tmp_path})
    with pytest.raises(TradewindError, match=said):
        check_config(config)


@pytest.mark.parametrize(
    "line",
    [
        "tick: 0",
        "tick: x",
        "minimum_notional: -1",
        "minimum_notional: .nan",
        "minimum_notional: much",
        "fees: {taker_bps: -1}",
        "fees: {tax: 1}",
        "half_spread_bps: .nan",
        "colour: red",
    ],
)
def test_values_that_cannot_be_are_refused_with_their_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(f"instruments:\n  ACME:\n    {line}\n", "utf-8")
    with pytest.raises(ConfigError, match=r"own\.yaml, line 3: instruments\.ACME"):
        load_config(file)


def test_imported_bars_go_before_the_provider_unless_the_configuration_says_no(tmp_path: Path) -> None:
    config = TradewindConfig(home=tmp_path)
    folder = files_folder(open_workspace(config).home)
    apple = instrument_names(config).known["AAPL.XNAS"]
    opened = np.isin(DAYS, DAYS[:0])  # weekdays but New Year and the third Monday
    opened = ((DAYS + 3) % 7 < 5) & ~np.isin(DAYS, [18_262, 18_281])
    at = stamp_days("XNYS", DAYS[opened])
    flat = np.full(len(at), 5.0)
    for one in (apple, usual_instrument("ACME")):
        keep_rows(folder, RawBars(one.id, "1d", at, flat, flat, flat, flat, flat, source="files"))
        keep_instruments(folder, [one])
    found = load_series(open_workspace(config), ["ACME", "AAPL"], WINDOW)
    assert {name: series.bars.source for name, series in found.items()} == {
        "ACME.OWN": "files",
        "AAPL.XNAS": "files",
    }
    assert found["ACME.OWN"].bars.close.tolist() == flat.tolist()
    sample = open_workspace(config.model_copy(update={"imported": False}))
    (years,) = load_series(sample, ["AAPL"], DateWindow(start="2012-01-01", end="2012-02-01")).values()
    assert years.bars.source.startswith("sample")


def test_an_unknown_key_inside_a_list_names_those_that_there_are(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("session:\n  strategies:\n    - {name: a, colour: red}\n", "utf-8")
    with pytest.raises(ConfigError, match=r"line 3: session\.strategies\.0\.colour.*Known are: name,"):
        load_config(file)
