"""Descriptions of imported instruments: what a hand has spoilt is refused by line, field and value."""

from pathlib import Path

import pytest

from tradewind.core.errors import CorruptFileError
from tradewind.core.instruments import AssetClass, FeeSchedule, Instrument
from tradewind.data.vendors.files.kept import DESCRIPTIONS, keep_instruments, read_instruments


def made(symbol: str) -> Instrument:
    return Instrument(
        symbol=symbol,
        asset_class=AssetClass.EQUITY,
        venue="OWN",
        quote_currency="USD",
        tick_size="0.01",
        lot_size="1",
        calendar="XNYS",
        fees=FeeSchedule(taker_rate_e8=1),
        half_spread_bps=3.5,
        minimum_notional="5",
    )


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    kept = [made("AAA"), made("BBB")]
    keep_instruments(tmp_path, kept)
    assert list(read_instruments(tmp_path).values()) == kept


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        ('"tick_size": "0.01"', '"tick_size": "0"', "tick_size", "'0'"),
        ('"tick_size": "0.01"', '"tick_size": "nan"', "tick_size", "'nan'"),
        ('"lot_size": "1"', '"lot_size": "-1"', "lot_size", "'-1'"),
        ('"lot_size": "1"', '"lot_size": 1', "lot_size", "int"),
        ('"minimum_notional": "5"', '"minimum_notional": "five"', "minimum_notional", "'five'"),
        ('"half_spread_bps": 3.5', '"half_spread_bps": -3.5', "half_spread_bps", "-3.5"),
        ('"asset_class": "equity"', '"asset_class": "shares"', "asset_class", "shares"),
        ('"venue": "OWN"', '"venue": "my own"', "venue", "my own"),
        ('"quote_currency": "USD"', '"quote_currency": ""', "quote_currency", "''"),
        ('"taker_rate_e8": 1', '"taker_rate_e8": -1', "taker_rate_e8", "-1"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, field: str, value: str
) -> None:
    keep_instruments(tmp_path, [made("AAA"), made("BBB")])
    path = tmp_path / DESCRIPTIONS
    text = path.read_text("utf-8")
    at = text.rindex(old)  # of the second of the two
    path.write_text(text[:at] + new + text[at + len(old) :], "utf-8")
    with pytest.raises(CorruptFileError) as refused:
        read_instruments(tmp_path)
    line = text.count("\n", 0, at) + 1
    assert f"{DESCRIPTIONS}, line {line}: {field}: " in str(refused.value)
    assert value in str(refused.value)
