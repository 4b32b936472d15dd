"""How many faults the quality rules find, and how much they take for a fault that is none.

Four tables. **Archive**: yfinance's price-repair series (:mod:`benchmarks.quality_archive`), by kind of
fault,

- a dividend's fault is a stated ex-date whose amount the partner changed (``unit``) or took away (``twice``);
- an adjustment's is a row on which the adjusted close takes out another part of the price than the partner's
  does, by more than 5 % of it and 3 bps of the price;
- a price's is a row whose close, high, low or open differs from the partner's by more than 0.5 %.

A finding is right where the same row has a fault of its kind; partners and clean series have none, so every
finding in them is false. ``own`` counts only series whose name says that their partner corrects that kind,
and clean ones: a partner that corrects dividends leaves prices as they are, with whatever is wrong with them.

**Repaired**: what the repairs that follow make of the faults (:mod:`benchmarks.quality_repairs`). **Stocks**:
faults put into 200 other series (:mod:`benchmarks.quality_injected`). **Known**: the faults that the list of
the data names (:mod:`benchmarks.quality_known`).

``python -m benchmarks.quality_faults`` with ``TRADEWIND_TEST_DATA`` naming the data; some 30 s.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.progress import say
from benchmarks.quality_archive import Pair, Series, differs, read_archive, taken_out
from benchmarks.quality_injected import measure_injected
from benchmarks.quality_known import known_faults
from benchmarks.quality_repairs import measure_repairs
from tradewind.core.panel import Bools
from tradewind.data.quality.finding import RULES
from tradewind.data.quality.inspection import prepare

RULES_OF = {
    "dividend in a wrong unit": ("dividend_unit",),
    "dividend not paid, or stated twice": ("dividend_twice", "dividend_day"),
    "dividend adjustment": ("dividend_adjustment",),
    "price 100 times off": ("price_unit",),
    "split not applied, or to a part": ("split_basis",),
}
UNIT, TWICE, ADJUSTMENT, HUNDRED, SPLIT = RULES_OF
_DIVIDENDS = ("bad-div", "missing-div", "double-count")
_CORRECTS = {
    UNIT: _DIVIDENDS,
    TWICE: _DIVIDENDS,
    ADJUSTMENT: _DIVIDENDS,
    HUNDRED: ("100x", "bad-unit"),
    SPLIT: ("stock-split",),
}
_COLUMNS = ("open", "high", "low", "close")


@dataclass
class Count:
    """Faults found, missed and made up (by series and day); ``elsewhere``: made up in another kind's file."""

    right: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    elsewhere: int = 0
    series: set[str] = field(default_factory=set)

    @property
    def faults(self) -> int:
        """How many there are."""
        return self.right + len(self.missed)

    @property
    def precision(self) -> float:
        """Findings that are faults, of all."""
        found = self.right + len(self.wrong)
        return self.right / found if found else float("nan")

    @property
    def own_precision(self) -> float:
        """The same without the files whose partner corrects another kind."""
        found = self.right + len(self.wrong) - self.elsewhere
        return self.right / found if found else float("nan")

    @property
    def recall(self) -> float:
        """Faults that are found."""
        return self.right / self.faults if self.faults else float("nan")


def measure(pairs: Sequence[Pair]) -> dict[str, Count]:
    """All kinds over all series and their partners."""
    counts = {kind: Count() for kind in RULES_OF}
    for pair in pairs:
        _count(counts, pair.bad, faults_of(pair))
        if pair.fixed is not None:
            none = np.zeros(len(pair.fixed.raw), dtype=np.bool_)
            _count(counts, pair.fixed, dict.fromkeys(RULES_OF, none))
    return counts


def faults_of(pair: Pair) -> dict[str, Bools]:
    """Rows with a fault of each kind, by what the partner changed."""
    bad, fixed = pair.bad, pair.fixed
    if fixed is None:
        return dict.fromkeys(RULES_OF, np.zeros(len(bad.raw), dtype=np.bool_))
    changed = differs(bad.dividend, fixed.dividend) & (bad.dividend > 0.0)
    gone = changed & (fixed.dividend == 0.0)
    off = np.any([differs(getattr(bad.raw, c), getattr(fixed.raw, c)) for c in _COLUMNS], axis=0)
    with np.errstate(invalid="ignore"):
        hundred = off & (np.abs(np.abs(np.log(bad.close / fixed.close)) - np.log(100.0)) < 0.01)
        one, other = taken_out(bad), taken_out(fixed)
        apart = np.abs(one - other) > np.maximum(0.05 * np.abs(other), 3e-4)
    # A step that has no figure at all is a fault only where a dividend is due.
    apart |= ~np.isfinite(one) & np.isfinite(other) & (fixed.dividend > 0.0)
    split = off & ~hundred
    return {UNIT: changed & ~gone, TWICE: gone, ADJUSTMENT: apart & ~off, HUNDRED: hundred, SPLIT: split}


def _count(counts: dict[str, Count], series: Series, faults: dict[str, Bools]) -> None:
    seen = prepare(series.raw, "")
    for kind, rules in RULES_OF.items():
        count, real = counts[kind], faults[kind]
        found = np.zeros(len(series.raw), dtype=np.bool_)
        for rule in rules:
            found[[finding.row for finding in RULES.get(rule)(seen)]] = True
        count.right += int((found & real).sum())
        count.missed += [_named(series, row) for row in np.flatnonzero(real & ~found).tolist()]
        wrong = [_named(series, row) for row in np.flatnonzero(found & ~real).tolist()]
        count.wrong += wrong
        if not any(word in series.name for word in (*_CORRECTS[kind], "no-bad")):
            count.elsewhere += len(wrong)
        if real.any():
            count.series.add(series.name)


def _named(series: Series, row: int) -> str:
    day = np.datetime64(int(series.raw.ts_event[row]), "ns").astype("datetime64[D]")
    return f"{series.name} {day}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; 2 where there is no data."""
    parser = argparse.ArgumentParser(description="How many faults the quality rules find, and make up.")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--list", action="store_true", help="name every fault that is missed or made up")
    parser.add_argument("--quick", action="store_true", help="the archive alone")
    chosen = parser.parse_args(arguments)
    folder = Path(os.environ.get("TRADEWIND_TEST_DATA") or "no-folder-is-named")
    if not folder.is_dir():
        say("TRADEWIND_TEST_DATA does not name a folder of market data.")
        return 2
    pairs = read_archive(folder)
    counts = measure(pairs)
    if chosen.json:
        print(json.dumps({kind: asdict(count) for kind, count in counts.items()}, default=sorted))
        return 0
    _print_archive(counts, every=chosen.list)
    _print_repairs(pairs)
    if not chosen.quick:
        _print_stocks(folder)
        _print_known(folder)
    return 0


def _print_archive(counts: dict[str, Count], *, every: bool) -> None:
    print(f"{'archive':36} series  faults  found  wrong  precision    own  recall")
    for kind, count in counts.items():
        figures = f"{len(count.series):6} {count.faults:7} {count.right:6} {len(count.wrong):6}"
        rates = f"{count.precision:10.3f} {count.own_precision:6.3f} {count.recall:7.3f}"
        print(f"{kind:36} {figures} {rates}")
        for words, names in (("missed", count.missed), ("wrong", count.wrong)):
            for name in names if every else ():
                print(f"    {words}: {name}")


def _print_repairs(pairs: Sequence[Pair]) -> None:
    print(f"\n{'repaired, all accepted':36} at fault  put right   sound  spoilt")
    for name, kept in measure_repairs(pairs).items():
        print(f"{name:36} {kept.at_fault:8} {kept.put_right:10} {kept.sound:7} {kept.spoilt:7}")


def _print_stocks(folder: Path) -> None:
    plain, tallies, dividends = measure_injected(folder)
    print(f"\n{'put into 200 stocks':44} put in  found  beside  recall")
    for name, tally in tallies.items():
        recall = tally.found / tally.put_in if tally.put_in else float("nan")
        print(f"{name:44} {tally.put_in:6} {tally.found:6} {tally.beside:7} {recall:7.3f}")
    rows = ", ".join(f"{rule} {count}" for rule, count in plain.items())
    print(f"Nothing put in ({dividends:,} dividends): rows named by {rows}.")


def _print_known(folder: Path) -> None:
    print(f"\n{'known faults':52} listed  found")
    for one in known_faults(folder):
        found = "not in the file" if one.found is None else f"{one.found}"
        print(f"{one.what:52} {one.listed:6} {found:>6}  {one.said}")


if __name__ == "__main__":
    sys.exit(main())
