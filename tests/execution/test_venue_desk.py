"""Whatever clients do: money and quantities are conserved, and the same inputs lead to the same state."""

import itertools
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rehearsing import AAPL, BITCOIN, make_venue

from tradewind.core.errors import ConfigError, CorruptFileError, MoneyError, StoreError
from tradewind.core.orders import OrderType, Side, TimeInForce
from tradewind.execution.venue_server.inputs import CancelAsked, HaltSet, Placed, RefusedError, ReplaceAsked
from tradewind.execution.venue_server.orders import Asked, Status
from tradewind.execution.venue_server.venue import LocalVenue

LOT = 10**8
NAMES = itertools.count()


def asked(instrument: str, side: Side, units: float, **what: object) -> Asked:
    fields: dict[str, object] = {"time_in_force": TimeInForce.GTC} | what
    name = f"n{next(NAMES)}"
    return Asked(client_order_id=name, instrument_id=instrument, side=side, lots=int(units * LOT), **fields)


def place(venue: LocalVenue, *orders: Asked, part: float = 1.0) -> None:
    venue.do(lambda now: Placed(ts_ns=now, orders=orders, part=part))


@st.composite
def an_order(draw: st.DrawFn) -> Asked:
    coin = draw(st.booleans())
    side = draw(st.sampled_from(Side))
    middle = 5_000_000 if coin else 10_000
    level = st.integers(middle * 9 // 10, middle * 11 // 10)
    kind = draw(st.sampled_from(OrderType))
    return asked(
        BITCOIN.id if coin else AAPL.id,
        side,
        draw(st.integers(1, 40)) / (100.0 if coin else 0.05),
        order_type=kind,
        limit_ticks=draw(level) if kind in (OrderType.LIMIT, OrderType.STOP_LIMIT) else None,
        stop_ticks=draw(level) if kind in (OrderType.STOP, OrderType.STOP_LIMIT) else None,
        trail_ticks=draw(st.sampled_from([0, 50])) if kind is OrderType.STOP else 0,
        time_in_force=TimeInForce.GTC
        if kind in (OrderType.STOP, OrderType.STOP_LIMIT)
        else draw(st.sampled_from(TimeInForce)),
        reduces=draw(st.booleans()),
    )


ACTS = st.one_of(
    st.tuples(st.just("place"), an_order(), st.sampled_from([1.0, 0.3])),
    st.tuples(st.just("step"), st.integers(1, 6), st.none()),
    st.tuples(st.just("cancel"), st.integers(1, 12), st.booleans()),
    st.tuples(st.just("replace"), st.integers(1, 12), an_order()),
    st.tuples(st.just("halt"), st.sampled_from([0, 10**11]), st.none()),
)


def act(venue: LocalVenue, what: tuple[str, object, object]) -> None:
    kind, first, second = what
    if kind == "place":
        place(venue, first, part=second)
    elif kind == "step":
        venue.advance(first)
    elif kind == "cancel":
        venue.do(lambda now: CancelAsked(ts_ns=now, numbers=(first,), races=second))
    elif kind == "replace":
        old = venue.desk.order(first).asked
        new = asked(old.instrument_id, old.side, second.lots / LOT, limit_ticks=old.limit_ticks)
        fields = {"order_type": old.order_type, "stop_ticks": old.stop_ticks, "reduces": old.reduces}
        changed = type(new)(**{name: getattr(new, name) for name in new.__struct_fields__} | fields)
        venue.do(lambda now: ReplaceAsked(ts_ns=now, number=first, asked=changed))
    else:
        venue.do(lambda now: HaltSet(ts_ns=now, instrument_id=AAPL.id, until_ns=now + first))


def check_books(venue: LocalVenue) -> None:
    """Money and quantities, reckoned anew from the fills."""
    desk = venue.desk
    lots = dict.fromkeys(desk.listings, 0)
    for fill in desk.fills:
        order = desk.orders[fill.order - 1]
        name = order.asked.instrument_id
        lots[name] += order.asked.side.sign * fill.lots
        if fill.fee_asset == desk.listings[name].base:
            lots[name] -= fill.fee_e8
    assert {name: desk.account.held(name) for name in lots} == lots
    held = desk.account.holdings.values()
    realized, cost = sum(one.realized_e8 for one in held), sum(one.cost_e8 for one in held)
    fees = desk.account.fees_e8.get("USD", 0)
    assert desk.account.cash_e8["USD"] + cost == 100_000 * LOT + realized - fees
    for order in desk.orders:
        of_order = [fill for fill in desk.fills if fill.order == order.number]
        assert sum(fill.lots for fill in of_order) == order.filled_lots <= order.lots
        assert (order.status is Status.FILLED) == (order.filled_lots == order.lots)
    assert desk.account.held(BITCOIN.id) >= 0
    pledged = dict.fromkeys(desk.pledged, 0)
    for order in desk.open_orders():
        if not order.asked.reduces:
            key = order.asked.instrument_id, order.asked.side.sign
            pledged[key] += order.reckoned_ticks * order.left_lots
    assert desk.pledged == pledged


@settings(max_examples=60, deadline=None)
@given(acts=st.lists(ACTS, min_size=3, max_size=25))
def test_books_balance_and_a_restart_finds_everything(acts, tmp_path_factory):
    state = tmp_path_factory.mktemp("desk") / "state.jsonl"
    venue = make_venue(state)
    venue.advance(2)
    for what in acts:
        with suppress(RefusedError, MoneyError):
            act(venue, what)
        check_books(venue)
    venue.close()
    again = make_venue(state)
    assert again.desk.orders == venue.desk.orders
    assert again.desk.fills == venue.desk.fills
    assert again.desk.account == venue.desk.account
    assert again.desk.shown == venue.desk.shown
    assert again.desk.now_ns == venue.desk.now_ns
    again.close()


def test_a_line_that_a_crash_cut_off_was_never_answered(tmp_path: Path):
    state = tmp_path / "state.jsonl"
    venue = make_venue(state)
    venue.advance(2)
    place(venue, asked(AAPL.id, Side.BUY, 1))
    venue.close()
    whole = state.read_bytes()
    state.write_bytes(whole + whole.splitlines()[-1][:40])
    again = make_venue(state)
    assert len(again.desk.orders) == 1
    again.close()
    assert state.read_bytes() == whole


def test_a_damaged_state_is_named_and_another_rehearsals_is_refused(tmp_path: Path):
    state = tmp_path / "state.jsonl"
    venue = make_venue(state)
    with pytest.raises(ConfigError, match="Another venue"):
        make_venue(state)
    venue.advance(2)
    venue.close()
    with pytest.raises(ConfigError, match="other symbols"):
        make_venue(state, volume=10_000.0)
    state.write_bytes(state.read_bytes().replace(b"advanced", b"advxnced") + b"\n")
    with pytest.raises(CorruptFileError):
        make_venue(state)


def test_nothing_fills_while_trading_is_halted(tmp_path: Path):
    venue = make_venue(tmp_path / "state.jsonl")
    venue.advance(2)
    venue.do(lambda now: HaltSet(ts_ns=now, instrument_id=AAPL.id))
    place(venue, asked(AAPL.id, Side.BUY, 1))
    venue.advance(8)
    assert venue.desk.orders[0].status is Status.NEW
    venue.do(lambda now: HaltSet(ts_ns=now, instrument_id=AAPL.id, until_ns=now))
    venue.advance(8)
    assert venue.desk.orders[0].status is Status.FILLED
    venue.close()


def test_a_disk_that_refuses_loses_nothing_and_nothing_is_answered(tmp_path: Path, monkeypatch):
    state = tmp_path / "state.jsonl"
    venue = make_venue(state)
    venue.advance(2)
    whole = state.read_bytes()

    def refuse(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StoreError, match="No space left"):
        place(venue, asked(AAPL.id, Side.BUY, 1))
    monkeypatch.undo()
    with pytest.raises(StoreError, match="nothing more"):
        place(venue, asked(AAPL.id, Side.BUY, 1))
    assert venue.desk.orders == []
    venue.close()
    assert state.read_bytes() == whole


async def test_the_tape_plays_by_itself_to_its_end(tmp_path: Path):
    venue = make_venue(tmp_path / "state.jsonl", speed=1e6)
    place_later = asked(AAPL.id, Side.BUY, 1, order_type=OrderType.LIMIT, limit_ticks=9_850)
    venue.advance(2)
    place(venue, place_later)
    await venue.play()
    assert venue.ended
    assert venue.desk.orders[0].status is Status.FILLED
    assert [len(bars) for bars in venue.desk.bars.values()] == [10, 10]
    venue.close()
