"""What consumers of single trades and of tops of books get when they are slow."""

from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.market import Quote
from tradewind.data.streams.consumer_queue import ConsumerQueue, QueueSettings
from tradewind.data.streams.ticks import BookMoved, Trade, TradeCancelled


def event_of(kind, number):
    if kind is BookMoved:
        return BookMoved(ts_event=number, instrument_id="A", in_step=True, update_id=number)
    if kind is Quote:
        return Quote(ts_event=number, instrument_id="A", bid=1.0, ask=2.0)
    return kind(ts_event=number, instrument_id="A", trade_id=number, price=1.0, quantity=1.0)


@given(kinds=st.lists(st.sampled_from([BookMoved, Quote, Trade, TradeCancelled]), max_size=40))
async def test_newest_of_quotes_and_books_and_every_trade(tmp_path_factory, kinds):
    room = QueueSettings(in_memory=3, spill_folder=tmp_path_factory.getbasetemp() / "ticks")
    queue = ConsumerQueue(room)
    events = [event_of(kind, number) for number, kind in enumerate(kinds)]
    for event in events:
        queue.offer(event)
    queue.close()
    got = [event async for event in queue]
    newest = {type(event): event for event in events if isinstance(event, BookMoved | Quote)}
    assert got == [e for e in events if isinstance(e, Trade | TradeCancelled) or newest[type(e)] is e]
