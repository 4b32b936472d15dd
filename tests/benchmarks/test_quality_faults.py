"""The quality rules on real faults with corrected partners: what the documentation says of them holds."""

from pathlib import Path

import pytest

from benchmarks.quality_archive import read_archive
from benchmarks.quality_faults import HUNDRED, RULES_OF, SPLIT, Count, main, measure
from benchmarks.quality_known import known_faults
from benchmarks.quality_repairs import measure_repairs


@pytest.fixture(scope="module")
def counts(shared_data: Path) -> dict[str, Count]:
    return measure(read_archive(shared_data))


def test_precision_and_recall_of_every_kind_are_above_19_in_20(counts: dict[str, Count]) -> None:
    assert {kind: count.own_precision > 0.95 for kind, count in counts.items()} == dict.fromkeys(
        RULES_OF, True
    )
    assert {kind: count.recall > 0.95 for kind, count in counts.items()} == dict.fromkeys(RULES_OF, True)


def test_the_archive_has_the_faults_that_were_counted(counts: dict[str, Count]) -> None:
    assert [count.faults for count in counts.values()] == [47, 6, 142, 37, 42]
    assert [len(count.series) for count in counts.values()] == [10, 6, 21, 3, 8]
    assert counts[SPLIT].missed == [
        "AV-L-1wk-bad-stock-split 2022-05-20"
    ]  # it fell by what it paid that week


def test_prices_that_partners_of_dividends_leave_wrong_are_found_too(counts: dict[str, Count]) -> None:
    left = {name.split("-L-")[0] for name in counts[HUNDRED].wrong}
    assert left == {"CLC", "LSC", "NVT"}  # 0.575, then 0.00575 for 19 days without a trade, then 0.575
    assert counts[HUNDRED].elsewhere == len(counts[HUNDRED].wrong)


def test_repairs_give_what_the_partners_have(shared_data: Path) -> None:
    kept = measure_repairs(read_archive(shared_data))
    assert [(one.at_fault, one.put_right) for one in kept.values()] == [(79, 78), (54, 54), (749, 748)]
    assert kept["dividend"].spoilt == 0
    assert kept["close"].spoilt == 151  # rows that the partners of dividends leave 100 times off


def test_faults_that_the_list_of_the_data_names_are_found(shared_data: Path) -> None:
    known = {one.what: (one.listed, one.found) for one in known_faults(shared_data)}
    assert known.pop("FXCM EUR/USD: asks below their bids") == (2_613, 2_613)
    assert known.pop("LEAN QQQ: a ticker used again, after 2304 days") == (1, 1)
    assert all(found is None or found >= 1 for _, found in known.values())


def test_without_data_the_benchmark_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TRADEWIND_TEST_DATA", raising=False)
    assert main([]) == 2
    assert "TRADEWIND_TEST_DATA" in capsys.readouterr().err
