"""Factors against figures that others worked out: spreadsheets on SPY 2017-18, and frozen tulipy output."""

import csv
import gzip
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from tradewind.core.panel import Panel
from tradewind.factors.engine import compute

FOLDER = "tests/indicators/_testdata"
# factor: (file, field, unit of the field)
WORKED = {
    "rsi_14": ("rsi", "rsi", 1.0),
    "macd": ("macd", "macd", 1.0),
    "macd_sig": ("macd", "signal", 1.0),
    "macd_hist": ("macd", "histogram", 1.0),
    "adx": ("adx", "adx", 1.0),
    "plus_di_14": ("adx", "pdi", 1.0),
    "minus_di_14": ("adx", "mdi", 1.0),
    "atr_14": ("atr", "atr", 1.0),
    "atr_pct_14": ("atr", "atrp", 0.01),
    "stoch_k": ("stoch", "k", 1.0),
    "stoch_d": ("stoch", "d", 1.0),
    "williams_r": ("willr", "williamsR", 1.0),
    "cci_20": ("cci", "cci", 1.0),
    "bb_hi": ("bb", "upperBand", 1.0),
    "bb_lo": ("bb", "lowerBand", 1.0),
    "bb_mid": ("bb", "sma", 1.0),
    "bb_position": ("bb", "percentB", 1.0),
    "bb_width_20": ("bb", "width", 1.0),
    "zscore_20": ("bb", "zScore", 1.0),
    "ema_20": ("ema", "ema", 1.0),
    "hull_14": ("hma", "hma", 1.0),
    "kama_10": ("kama", "kama", 1.0),
    "mfi_14": ("mfi", "mfi", 1.0),
    "chaikin_flow_20": ("cmf", "cmf", 1.0),
    "roc_14": ("roc", "roc", 1.0),
    "accumulation_distribution": ("adl", "adl", 1.0),
    "super_trend": ("supertrend", "superTrend", 1.0),
    "ultimate_oscillator": ("uo", "ultimate", 1.0),
}
SEEDED_OTHERWISE = {"adx": 300, "plus_di_14": 300, "minus_di_14": 300, "kama_10": 10}
"""Rows until another seed is forgotten: the sheets sum 14 moves, TA-Lib 13; KAMA starts a bar sooner."""
TULIPY = {
    "rsi_14": "rsi",
    "obv": "obv",
    "cci_14": "cci",
    "mfi_14": "mfi",
    "atr_14": "atr",
    "kama_10": "kama",
    "williams_r": "willr",
    "wma_20": "wma",
    "linreg_14": "linreg",
    "bb_hi": "bbands_upper",
    "bb_lo": "bbands_lower",
    "aroon_up_14": "aroon_up",
}


@pytest.fixture(scope="module")
def sheets(shared_data: Path) -> dict[str, bytes]:
    with tarfile.open(shared_data / "reference/stock_indicators_calc_xlsx.tar.xz") as archive:
        wanted = [m for m in archive.getmembers() if m.name.removeprefix("./").startswith(FOLDER)]
        return {Path(m.name).name: archive.extractfile(m).read() for m in wanted if m.isfile()}  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def spy(sheets: dict[str, bytes]) -> Panel:
    rows = np.genfromtxt(
        io.StringIO(sheets["default.csv"].decode()), delimiter=",", names=True, dtype=None, encoding="utf-8"
    )
    names = ("open", "high", "low", "close", "volume")
    columns = {name: rows[name].astype(np.float64)[:, None] for name in names}
    times = rows["date"].astype("datetime64[ns]").astype(np.int64)
    return Panel(times, ("SPY",), columns)


@pytest.mark.parametrize("name", WORKED)
def test_worked_spreadsheets_on_spy(name: str, sheets: dict[str, bytes], spy: Panel) -> None:
    file, field, scale = WORKED[name]
    want = np.array(
        [np.nan if row[field] is None else row[field] for row in json.loads(sheets[f"{file}.standard.json"])]
    )
    got = compute(spy, [name]).values[:, 0, 0] / scale
    skip = SEEDED_OTHERWISE.get(name, 0)
    both = np.isfinite(got) & np.isfinite(want) & (np.arange(len(want)) >= skip)
    assert both.sum() > 200
    assert np.isfinite(got[skip:][np.isfinite(want[skip:])]).all()
    np.testing.assert_allclose(got[both], want[both], rtol=1e-8, atol=1e-8 * np.nanmax(np.abs(want)))


@pytest.mark.parametrize("name", TULIPY)
def test_frozen_tulipy_output_on_spy(name: str, shared_data: Path) -> None:
    with tarfile.open(shared_data / "reference/pandas_ta_classic_fixtures.tar.xz") as archive:
        frozen = json.load(archive.extractfile("tests/fixtures/tulipy_oracle.json"))["arrays"]  # type: ignore[arg-type]
    with gzip.open(shared_data / "etf_index_macro/SPY_D.csv.gz", "rt", encoding="utf-8") as file:
        rows = [{key.lower(): value for key, value in row.items() if key} for row in csv.DictReader(file)]
    columns = {
        field: np.array([float(row[field]) for row in rows])[:, None]
        for field in ("open", "high", "low", "close", "volume")
    }
    times = (np.arange(len(rows), dtype=np.int64) + 1) * 86_400_000_000_000
    got = compute(Panel(times, ("SPY",), columns), [name]).values[:, 0, 0][-2_100:]
    want = np.array(frozen[TULIPY[name]], dtype=np.float64)
    # OBV starts at another level there, which is its anchor.
    shift = got[0] - want[0] if name == "obv" else 0.0
    np.testing.assert_allclose(got - shift, want, rtol=1e-7, atol=1e-7 * np.abs(want).max())
