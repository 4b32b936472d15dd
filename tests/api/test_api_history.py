"""Bars with entries and exits, and closed trades, held against the journal itself."""

import sys
from decimal import Decimal
from pathlib import Path

import pytest
from session_story import story, write

from tradewind.api.app import create_app
from tradewind.app.session.closed_trades import closed_trades
from tradewind.app.session.trades_so_far import TradesFollower
from tradewind.core.accounts import CorporateAction, PositionAdjusted, TradeClosed
from tradewind.core.decisions import OrderRequested
from tradewind.core.market import Bar
from tradewind.core.orders import Order, OrderAccepted, OrderFilled, OrderType, Side
from tradewind.core.timestamps import iso
from tradewind.core.vocabulary import ActionKind
from tradewind.journal.memory import MemoryJournal
from tradewind.journal.opening import open_reader, open_writer
from tradewind.views.session.price_history import price_history
from tradewind.views.session.view import fold

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))

from engine_parts import make_reducer, make_venue, run_whole, whole_feed

from tradewind.engine.driver.snapshots import SessionParts

BTC = "BTC/USDT.SIM"


def of(journal, kind: type, instrument_id: str = BTC) -> list:
    with journal.reader() as reader:
        return [one for one in reader.read_kind(kind) if one.event.instrument_id == instrument_id]


async def test_bars_are_the_journal_s_own(make_app, asking, journal) -> None:
    told = of(journal, Bar)
    async with asking(make_app()) as client:
        whole = (await client.get(f"/bars/{BTC}?limit=2000")).json()
        assert [(row[0], row[4]) for row in whole["bars"]] == [
            (iso(b.event.ts_event), b.event.close) for b in told
        ]
        assert (whole["instrument_id"], whole["timeframe"], whole["timeframes"]) == (BTC, "1h", ["1h"])
        few = (await client.get("/bars/btc-usdt?limit=5")).json()
        assert few["bars"] == whole["bars"][-5:]
        assert few["marks"] == [mark for mark in whole["marks"] if mark["ts"] >= few["bars"][0][0]]
        assert (await client.get(f"/bars/{BTC}?timeframe=1d")).json()["bars"] == []


async def test_every_fill_is_an_entry_or_an_exit_by_what_was_held(make_app, asking, journal) -> None:
    held, wanted = 0, []
    for record in of(journal, OrderFilled):
        before, held = held, held + record.event.side.sign * record.event.quantity_lots
        effect = "reversal" if before * held < 0 else "entry" if abs(held) > abs(before) else "exit"
        wanted.append((record.seq, effect, str(record.event.side)))
    assert {effect for _, effect, _ in wanted} >= {"entry", "exit"}
    async with asking(make_app()) as client:
        marks = (await client.get(f"/bars/{BTC}?limit=2000")).json()["marks"]
    assert [(mark["seq"], mark["effect"], mark["side"]) for mark in marks] == wanted


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/bars/TSLA", 422),
        ("/bars/AAPL?limit=2001", 422),
        ("/bars/AAPL?limit=0", 422),
        ("/trades?symbol=TSLA", 422),
    ],
)
async def test_bad_questions_are_problems(make_app, asking, path: str, status: int) -> None:
    async with asking(make_app()) as client:
        got = await client.get(path)
        assert (got.status_code, got.headers["content-type"]) == (status, "application/problem+json")


def test_a_split_between_leaves_entries_entries() -> None:
    """20 bought, 1 for 2, 10 sold: the purchase is the entry, though more was bought than sold."""
    journal = MemoryJournal()
    events = list(story(1, 3))
    begun = [event for event in events if event[0].ts_event == events[0][0].ts_event]
    bars = [event for event in events if isinstance(event[0], Bar)]
    now, aapl = bars[0][0].ts_event, "AAPL.SIM"

    def fill(number: int, side: Side, lots: int, price: int):
        order = Order(
            client_order_id=f"o{number}",
            decision_id="d",
            strategy="ensemble",
            instrument_id=aapl,
            side=side,
            quantity_lots=lots,
            order_type=OrderType.MARKET,
            ts_decided=now,
        )
        ids = {"client_order_id": f"o{number}", "instrument_id": aapl, "ts_event": now}
        yield OrderRequested(ts_event=now, order=order), False
        yield OrderAccepted(**ids, venue_order_id=f"v{number}"), True
        filled = OrderFilled(**ids, trade_id=f"t{number}", side=side, quantity_lots=lots, price_ticks=price)
        yield filled, True

    split = CorporateAction(
        ts_event=now, instrument_id=aapl, kind=ActionKind.SPLIT, numerator=1, denominator=2
    )
    adjusted = PositionAdjusted(
        ts_event=now,
        account="main",
        strategy="ensemble",
        instrument_id=aapl,
        old_lots=20,
        new_lots=10,
        cost_e8=0,
        reason="split",
    )
    write(journal, [*begun, *bars, *fill(1, Side.BUY, 20, 10_000), (split, True), (adjusted, False)])
    write(journal, fill(2, Side.SELL, 10, 21_000))
    view = fold(journal.read())
    told = price_history(journal, view.instruments[aapl], "", 10, view.seq + 1, view.held_lots(aapl))
    assert view.held_lots(aapl) == 0
    assert [(mark.side, mark.effect) for mark in told.marks] == [("buy", "entry"), ("sell", "exit")]


@pytest.fixture(scope="module")
def flipping(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session that the loop ran: a strategy that goes in and out all the time."""
    path = tmp_path_factory.mktemp("trades") / "flipping.journal"
    with open_writer(path) as journal:
        run_whole(journal, whole_feed(120), SessionParts(make_reducer(), make_venue()))
    return path


async def test_closed_trades_are_the_loop_s_own(flipping: Path, asking) -> None:
    with open_reader(flipping) as reader:
        closed = [record.event for record in reader.read_kind(TradeClosed)]
    assert len(closed) > 10
    async with asking(create_app(flipping, health=dict, poll_s=0.02)) as client:
        told = (await client.get("/trades?limit=500")).json()
        assert told["closed"] == len(closed)
        assert [row["exited"] for row in told["items"]] == [iso(one.ts_event) for one in reversed(closed)]
        for name in {one.instrument_id for one in closed}:
            (sums,) = (row for row in told["by_symbol"] if row["instrument_id"] == name)
            profits = [one.profit_e8 for one in closed if one.instrument_id == name]
            assert Decimal(sums["profit"]) * 10**8 == sum(profits)
            assert (sums["trades"], sums["wins"]) == (len(profits), sum(one > 0 for one in profits))
            own = (await client.get("/trades", params={"symbol": name, "limit": 3})).json()
            assert own["items"] == [row for row in told["items"] if row["instrument_id"] == name][:3]


def test_looking_in_steps_tells_what_looking_at_the_end_tells(flipping: Path) -> None:
    with open_reader(flipping) as reader:
        last, followed = reader.last_seq(), TradesFollower()
        for seq in range(0, last, 37):
            followed.up_to(reader, seq)
        told = followed.up_to(reader, last)
        assert told == TradesFollower().up_to(reader, last)
        assert told.latest == closed_trades(reader)[::-1]
        assert followed.up_to(reader, last) == told
