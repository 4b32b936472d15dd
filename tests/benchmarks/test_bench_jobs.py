"""Each benchmark's own work on small sizes: the same strategy, the same columns, the same rows."""

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import bar_store, event_loop, factor_loop, factors, import_files, inference, journal
from benchmarks.command import Size
from benchmarks.harness import PeerError, Turn
from benchmarks.peer_process import PEERS, run_script
from tradewind.core.events import OrderRequested
from tradewind.core.market import Bar
from tradewind.journal.opening import open_reader, open_writer
from tradewind.journal.sqlite import SqliteJournal


@pytest.fixture(scope="module")
def example():
    return event_loop.load_example()


@pytest.fixture(scope="module")
def bars(example):
    return example.synthetic_bars(3_000, event_loop.INSTRUMENT.id)


def crosses(close, fast, slow):
    """Orders of the rule on whole cents: in on a cross up, out on a cross down."""
    cents = np.round(np.asarray(close) * 100).astype(np.int64)
    total = np.concatenate([[0], np.cumsum(cents)])
    n = np.arange(slow, len(cents) + 1)
    above = (total[n] - total[n - fast]) * slow > (total[n] - total[n - slow]) * fast
    return int(above[0]) + int(np.count_nonzero(above[1:] != above[:-1]))


def test_orders_are_those_of_the_rule(example, bars):
    """Counted apart in whole cents; equal means may fall either way in floats, so a few may differ."""
    turn = event_loop.ours(example, bars, None)()
    expected = crosses([bar.close for bar in bars], event_loop.FAST, event_loop.SLOW)
    assert expected > 50
    assert turn.facts["orders"] == pytest.approx(expected, rel=0.05)


def test_disk_and_memory_trade_alike(example, bars, tmp_path):
    memory = event_loop.ours(example, bars, None)()
    disk = event_loop.ours(example, bars, tmp_path / "journal.db")
    assert disk().facts == disk().facts == memory.facts
    assert list(tmp_path.iterdir()) == []


def test_what_is_timed_on_disk_is_a_whole_journal(example, bars, tmp_path, monkeypatch):
    """The journal that a turn leaves before it is removed holds every bar and every order."""
    seen = {}

    class Kept(SqliteJournal):
        def close(self):
            super().close()
            with self.reader() as reader:
                kinds = [type(record.event) for record in reader.read()]
            seen.update(bars=kinds.count(Bar), orders=kinds.count(OrderRequested))

    monkeypatch.setattr(event_loop, "open_writer", Kept)
    turn = event_loop.ours(example, bars, tmp_path / "journal.db")()
    assert seen == {"bars": len(bars), "orders": turn.facts["orders"]}


def test_peers_get_the_same_bars(bars, tmp_path):
    path = tmp_path / "bars.npz"
    event_loop.write_bars(path, bars)
    columns = dict(np.load(path))
    assert columns["ts_event"].dtype == np.int64
    assert columns.keys() == {"ts_event", "open", "high", "low", "close", "volume"}
    for name, column in columns.items():
        assert column.tolist() == [getattr(bar, name) for bar in bars]


NAMES = ("rsi_14", "macd_sig_12_26_9", "stoch_d_14", "atr_pct_14", "obv")


def test_shared_columns_are_many_and_are_talibs():
    names = factor_loop.shared_names()
    assert len(names) >= 100
    assert set(NAMES) <= set(names)
    assert factor_loop.differing(factor_loop.walk(2, 400), NAMES) == []


def test_a_column_that_is_not_talibs_is_found(monkeypatch):
    true = factor_loop._call

    def shifted(oracle, columns):
        return tuple(
            column * (1.001 if oracle.function == "RSI" else 1.0) for column in true(oracle, columns)
        )

    monkeypatch.setattr(factor_loop, "_call", shifted)
    assert factor_loop.differing(factor_loop.walk(2, 400), NAMES) == ["rsi_14"]


@pytest.mark.parametrize("shape", [(3, 200), (1, 300)])
def test_the_loop_gives_the_same_columns_on_two_threads(shape):
    panel = factor_loop.walk(*shape)

    def flat(result):
        return [c for part in result for c in ([part] if isinstance(part, np.ndarray) else part)]

    one, two = (flat(factor_loop.talib_loop(panel, NAMES, threads)()) for threads in (1, 2))
    assert len(one) == len(two) == shape[0] * (1 + 3 + 2 + 1 + 1)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)


def test_ta_columns_are_ours_by_name():
    assert len(set(factors.TA_COLUMNS)) == len(factors.TA_COLUMNS) > 20
    assert set(factors.TA_COLUMNS) <= set(factor_loop.shared_names())


def test_a_peer_of_other_columns_is_out(monkeypatch, tmp_path):
    panel = factor_loop.walk(1, 600)
    monkeypatch.setattr(
        factors,
        "ask_peer",
        lambda *_: {"work": 1, "seconds": 1.0, "last": dict.fromkeys(factors.TA_COLUMNS, 0.0)},
    )
    with pytest.raises(factors.PeerError, match="its columns are not ours"):
        factors._ta_contestant(tmp_path / "bars.npz", panel)()


def test_both_journals_hold_all_rows(bars, tmp_path):
    paths = iter([tmp_path / "ours.db", tmp_path / "plain.db"])
    turn = journal._ours(bars, lambda: open_writer(next(paths)))()
    assert isinstance(turn, Turn)
    assert turn.figure > 0.0
    journal._plain(bars, 500, lambda: next(paths))()
    import sqlite3

    with open_reader(tmp_path / "ours.db") as reader:
        assert [record.event for record in reader.read()] == bars
    file = sqlite3.connect(tmp_path / "plain.db")
    assert file.execute("SELECT COUNT(*), MAX(seq) FROM records").fetchone() == (len(bars), len(bars))
    file.close()


def test_the_plain_peer_syncs_each_commit(tmp_path, monkeypatch, bars):
    import sqlite3

    said = []
    real = sqlite3.connect

    def traced(*arguments, **options):
        file = real(*arguments, **options)
        file.set_trace_callback(said.append)
        return file

    monkeypatch.setattr(journal.sqlite3, "connect", traced)
    journal._plain(bars[:20], 1, lambda: tmp_path / "plain.db")()
    assert said.count("COMMIT") == 20
    assert "PRAGMA synchronous = FULL" in said


def test_tree_peers_are_asked_for_as_many_trees(monkeypatch):
    samples = inference.made_up_samples()
    train = samples.take(samples.t < 100)
    for name, sizes in {
        "xgboost": {"depth": 3, "rate": 0.1},
        "lightgbm": {"depth": 3, "rate": 0.1, "leaves": 7},
        "random_forest": {"depth": 3},
    }.items():
        peer = inference._tree_peer(name, train, 7, sizes)
        assert peer.get_params()["n_estimators"] == 7
        assert peer.get_params()["n_jobs"] == 1
        assert peer.predict_proba(train.features()[:1]).shape == (1, 2)


def test_other_answers_are_refused():
    inference._require_equal(0.5, 0.50001, "net")
    with pytest.raises(ArithmeticError, match="nothing is timed"):
        inference._require_equal(0.5, 0.6, "net")


def test_made_up_rows_have_what_the_network_takes():
    samples = inference.made_up_samples()
    assert len(samples.names) == 30
    assert len(samples) == inference.TIMES * inference.INSTRUMENTS
    assert 0.4 < (samples.label_return > 0).mean() < 0.6


def test_both_sides_read_the_same_files(tmp_path):
    folder = tmp_path / "files"
    closes = import_files.write_files(folder, 2)
    import_files.require_same(folder, closes)
    rows = {
        import_files.read_alone(folder)().facts["rows"],
        import_files.stored(folder, "serial")().facts["rows"],
    }
    rows.add(run_script(Path(sys.executable), PEERS / "pandas_import.py", str(folder))["rows"])
    assert rows == {2 * import_files.ROWS}


def test_stored_bars_and_a_peer_are_asked_for_the_same_rows(tmp_path, monkeypatch):
    """The peer's environment is this one, and DuckDB is not in it: its part says so and has no ratio."""
    monkeypatch.setattr(bar_store, "BARS", 2_000)
    monkeypatch.setattr(bar_store, "QUICK_INSTRUMENTS", 2)

    def python_of(peer):
        if peer == "duckdb":
            raise PeerError("it is not here")
        return sys.executable

    monkeypatch.setattr(bar_store, "peer_python", python_of)
    results = bar_store.run(Size(quick=True))
    assert [(result.peer, result.comparable) for result in results] == [("csv", True)] * 4 + [
        ("duckdb", True)
    ] * 4
    assert all(result.ratio is not None for result in results[:4])
    assert all("it is not here" in result.note and result.ratio is None for result in results[4:])
    folder = tmp_path / "made"
    bar_store.write_input(folder, 1)
    with np.load(folder / "S000.npz") as columns:
        times = columns["ts_event"]
    assert (np.diff(times) > 0).all()
