"""Releases in both stores: the same rows come back, and what moved stands beside what was believed before."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tradewind.core.releases import Release, ReleaseStatus, Timing, known_releases, releases_of, same_release
from tradewind.store.parquet import ParquetTables
from tradewind.store.postgres.tables import PostgresTables
from tradewind.store.postgres.upgrade import upgrade
from tradewind.store.releases import append_releases, read_releases, stored_calendars
from tradewind.store.tables import Tables


@pytest.fixture(params=["files", pytest.param("postgres", marks=pytest.mark.services)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tables]:
    if request.param == "files":
        yield ParquetTables(tmp_path)
        return
    site: Any = request.getfixturevalue("postgres")
    server = site.fresh()
    upgrade(server)
    yield PostgresTables(server)


def test_a_calendar_comes_back_as_it_was_told(store: Tables) -> None:
    due = Release("2024Q3", 5, 100, 200, Timing.AFTER_CLOSE, ReleaseStatus.SCHEDULED, "results", 1.5)
    append_releases(store, releases_of("AAPL", "finnhub", [due], 5))
    moved = due._replace(ts_known=7, ts_begin=150, unit="USD a share")
    wrote = append_releases(store, releases_of("AAPL", "finnhub", [moved], 7))
    assert (wrote.added, wrote.moved, wrote.rows) == (1, 1, 2)
    assert append_releases(store, releases_of("AAPL", "finnhub", [moved], 7)).added == 0
    stored = read_releases(store, "finnhub", "AAPL")
    assert [one.ts_known for one in stored] == [5, 7]
    for one, other in zip(stored, (due, moved), strict=True):
        assert same_release(one, other)
        assert isinstance(one.status, ReleaseStatus)
    assert known_releases(stored, 6)[0].ts_begin == 100
    assert stored_calendars(store) == [("finnhub", "AAPL")]
