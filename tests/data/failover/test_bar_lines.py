"""Whatever sources do, what is served rises, comes once, and leaves nothing out that some source can give."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from scripted_sources import BTC, MINUTE_NS, bar

from tradewind.data.failover.bar_lines import BarLines

WHAT = ["bar", "bar", "bar", "again", "break", "serve"]
STEPS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(WHAT)), max_size=120)


@given(STEPS, st.integers(2, 6))
def test_served_bars_follow_one_another(steps: Sequence[tuple[str, str]], room: int) -> None:
    lines = BarLines(MINUTE_NS, room=room)
    newest = dict.fromkeys("abc", -1)
    served: list[int] = []
    made = 0
    for source, what in steps:
        if what == "bar":  # a source brings its next bar; after a break it begins with the market's newest
            newest[source] = newest[source] + 1 if newest[source] >= 0 else made
            made = max(made, newest[source])
            assert lines.take(source, bar(newest[source]))
        elif what == "again" and newest[source] >= 0:
            assert not lines.take(source, bar(newest[source]))
        elif what == "break":
            lines.forget(source)
            newest[source] = -1
        elif what == "serve" and lines.newest(source, BTC) is not None:
            hole = lines.hole(source, BTC)
            between = [bar(n) for n in range(made + 1) if hole and hole[0] <= bar(n).ts_event < hole[1]]
            served += [one.ts_event for one in lines.release(source, BTC, between)]
    assert all(later - earlier == MINUTE_NS for earlier, later in pairwise(served))


def test_it_goes_on_after_what_a_session_has_already() -> None:
    lines = BarLines(MINUTE_NS, {BTC: bar(4).ts_event})
    lines.take("a", bar(4))
    lines.take("a", bar(5))
    assert lines.hole("a", BTC) is None
    assert [one.ts_event for one in lines.release("a", BTC)] == [bar(5).ts_event]
