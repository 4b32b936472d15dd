"""The benchmark of the live feed does what it says: all of the recording, whose numbers go on each time."""

import json

import pytest

from benchmarks.feed_throughput import RECORDING, Pipeline, Recording, throughput


@pytest.fixture(scope="module")
def recording(shared_data):
    return Recording(shared_data / RECORDING)


def test_numbers_go_on_and_nothing_else_changes(recording):
    first, later = recording.round(0), recording.round(3)
    updates, trades, _ = recording.steps
    for before, after in list(zip(first, later, strict=True))[:3_000]:
        old, new = (json.loads(frame) for frame in (before, after))
        if "lastUpdateId" in old:
            assert new.pop("lastUpdateId") == old.pop("lastUpdateId") + 3 * updates
            assert old == new
            continue
        old, new = old["data"], new["data"]
        assert new["u" if "u" in old else "t"] - old["u" if "u" in old else "t"] in (3 * updates, 3 * trades)
        for name in ("u", "U", "t", "E", "T"):
            old.pop(name, None)
            new.pop(name, None)
        assert old == new


async def test_two_rounds_go_through_whole(recording, tmp_path):
    pipeline = Pipeline(tmp_path)
    found = await throughput(recording, pipeline, range(2))
    assert [count for count, _, _ in found] == [len(recording.frames)] * 2
    assert pipeline.handler.trades["BTC/USDT.BINANCE"].last is not None
    assert pipeline.handler.counters.malformed == 0
    assert pipeline.bars_made == 12
