"""Attribution adds up to the change of equity, whichever way it is cut."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.accounts import CashMoved, CorporateAction
from tradewind.core.book import Book, PositionKey
from tradewind.core.coins import lot_e8
from tradewind.core.decisions import DecisionMade, ModelVote, OrderRequested
from tradewind.core.errors import DataError
from tradewind.core.events import AccountTerms, AnyEvent, Record, SessionStarted, StrategyTerms
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.market import Bar
from tradewind.core.orders import Order, OrderFilled, Side
from tradewind.core.vocabulary import ActionKind, CashReason, Outcome, SessionMode
from tradewind.engine.actions import enter_order
from tradewind.engine.rebuilt_book import rebuild
from tradewind.engine.reducer import Reducer
from tradewind.portfolio.attribution import UNATTRIBUTED, attribute, split_by_votes

E8 = 10**8


def inst(symbol: str, kind: AssetClass, quote: str = "USD", lot: str = "1") -> Instrument:
    return Instrument(
        symbol=symbol, asset_class=kind, venue="SIM", quote_currency=quote, tick_size="0.01", lot_size=lot,
        calendar="24/7",
    )  # fmt: skip


AAPL = inst("AAPL", AssetClass.EQUITY)
BTC = inst("BTC/USD", AssetClass.CRYPTO, lot="0.0001")
VOD = inst("VOD", AssetClass.EQUITY, "GBP")
GBP = inst("GBP/USD", AssetClass.FX)
KNOWN = (AAPL, BTC, VOD, GBP)
PRICES = {AAPL.id: 100.0, BTC.id: 20_000.0, VOD.id: 80.0, GBP.id: 1.25}


class Told:
    """A session told event by event, with the engine's reducer keeping the book."""

    def __init__(self, *bars: Bar) -> None:
        self.records: list[Record] = []
        self._reducer = Reducer((), *(door(),) * 2, lambda decision, book: ())  # type: ignore[arg-type]
        self.tell(
            SessionStarted(
                ts_event=1,
                session_id="s",
                mode=SessionMode.PAPER,
                base_currency="USD",
                accounts=(AccountTerms(cash_e8={"USD": 1_000_000 * E8}),),
                instruments=KNOWN,
                strategies=(StrategyTerms(strategy="a"), StrategyTerms(strategy="b")),
            )
        )
        for instrument_id, price in PRICES.items():
            self.price(instrument_id, price)

    @property
    def book(self) -> Book:
        return self._reducer.state.book

    @property
    def now_ns(self) -> int:
        """Each record is a nanosecond after the one before it."""
        return len(self.records) + 10**17

    def tell(self, event: AnyEvent) -> None:
        cause = self.write(event, 0)
        for decision in self._reducer.step(event):
            self.write(decision, cause)  # type: ignore[arg-type]

    def write(self, event: AnyEvent, cause: int) -> int:
        seq = len(self.records) + 1
        self.records.append(Record(seq=seq, cause=cause, version="1/0", event=event, hash=b""))
        return seq

    def price(self, instrument_id: str, price: float) -> None:
        prices = dict.fromkeys(("open", "high", "low", "close"), round(price, 2))
        self.tell(Bar(ts_event=self.now_ns, instrument_id=instrument_id, **prices))

    def trade(
        self, strategy: str, instrument_id: str, lots: int, ticks: int = 0, fee: int = 0,
        fee_currency: str = "", votes: tuple[ModelVote, ...] = (),
    ) -> None:  # fmt: skip
        name, now = f"o{len(self.records)}", self.now_ns
        if votes:
            decision = DecisionMade(
                ts_event=now, decision_id=f"d-{name}", strategy=strategy, instrument_id=instrument_id,
                outcome=Outcome.TRADE, reason="", votes=votes,
            )  # fmt: skip
            self.write(decision, 1)
        order = Order(
            client_order_id=name, decision_id=f"d-{name}", strategy=strategy, instrument_id=instrument_id,
            side=Side.BUY if lots > 0 else Side.SELL, quantity_lots=abs(lots),
        )  # fmt: skip
        self.write(OrderRequested(ts_event=now, order=order), 1)
        enter_order(self._reducer.state, order)
        self.tell(
            OrderFilled(
                ts_event=now,
                client_order_id=name,
                instrument_id=instrument_id,
                trade_id=name,
                side=order.side,
                quantity_lots=abs(lots),
                price_ticks=ticks or self.book.mark_ticks[instrument_id],
                commission_e8=fee,
                fee_currency=fee_currency,
            )
        )


def door() -> object:
    from tradewind.engine import rebuilt_book

    return rebuilt_book._OpenDoor()


def vote(model: str, weight: float, edge: float) -> ModelVote:
    return ModelVote(
        model=model, version="1", weight=weight, edge_bps=edge, probability_up=0.5, confidence=0.5
    )


def test_a_round_trip_by_hand() -> None:
    told = Told()
    told.trade(
        "trend",
        AAPL.id,
        10,
        10_000,
        150,
        votes=(vote("m1", 0.75, 10.0), vote("m2", 0.25, 10.0), vote("against", 0.5, -5.0)),
    )
    told.trade("trend", AAPL.id, -10, 10_300, 150)
    told.price(AAPL.id, 102.0)
    found = attribute(told.records, told.book)
    # The round trip made 30. Bought at 100, marked at 102: 20 by those who voted. Sold at 103: 10 by nobody.
    assert found.total_e8 == 30 * E8 - 300 == told.book.equity_e8 - 1_000_000 * E8
    assert found.by_strategy == {"trend": found.total_e8}
    # Of 20.00 less a fee of 150 units, three quarters and one; 112.5 and 37.5 of the fee by name.
    assert found.by_model["m1"] + found.by_model["m2"] == 20 * E8 - 150
    assert abs(found.by_model["m1"] - (15 * E8 - 112)) <= 1
    assert found.by_model[UNATTRIBUTED] == 10 * E8 - 150
    assert (found.by_id, found.commission_e8) == ({AAPL.id: found.total_e8}, 300)


def test_dividends_splits_and_fees_in_coin_by_hand() -> None:
    told = Told()
    told.trade("a", AAPL.id, 101, votes=(vote("m", 1.0, 5.0),))
    told.trade("b", AAPL.id, -50)
    told.trade("b", BTC.id, 10_000, fee=E8 // 100, fee_currency="BTC")  # 0.01 of a coin
    pays = {"kind": ActionKind.DIVIDEND, "instrument_id": AAPL.id, "amount": "2"}
    told.tell(CorporateAction(ts_event=told.now_ns, **pays))  # type: ignore[arg-type]
    halves = {"kind": ActionKind.SPLIT, "instrument_id": AAPL.id, "numerator": 1, "denominator": 2}
    told.tell(CorporateAction(ts_event=told.now_ns, **halves))  # type: ignore[arg-type]
    told.price(AAPL.id, 210.0)
    told.price(BTC.id, 22_000.0)
    found = attribute(told.records, told.book)
    # A: 202 of dividends, 50 shares of 200 now 210, and half a share, which cost 100, paid out at the price
    # without the dividend, 98: 202 + 500 - 2.
    # B: -100 of dividends, -250 on 25 shares, 2,000 on the coin, and 0.01 coin of fees at 22,000: 220.
    assert found.by_strategy == {"a": 700 * E8, "b": (-100 - 250 + 2_000 - 220) * E8}
    assert (found.income_e8, found.commission_e8) == (102 * E8, 220 * E8)
    # The half share that was paid out at 98 would be 105 now: that is nobody's, not the model's.
    assert found.by_model["m"] == (202 + 505) * E8
    assert found.total_e8 == told.book.equity_e8 - 1_000_000 * E8


def test_holes_are_refused() -> None:
    told = Told()
    told.trade("a", AAPL.id, 1)
    with pytest.raises(DataError, match="no order 'o"):
        attribute([r for r in told.records if not isinstance(r.event, OrderRequested)], told.book)


moves = st.one_of(
    st.tuples(st.just("price"), st.sampled_from(KNOWN), st.floats(0.8, 1.25)),
    st.tuples(st.just("trade"), st.sampled_from((AAPL, BTC, VOD)), st.integers(-500, 500).filter(bool)),
    st.tuples(st.just("split"), st.sampled_from((AAPL, VOD)), st.sampled_from([(4, 1), (1, 3), (3, 2)])),
    st.tuples(st.just("dividend"), st.sampled_from((AAPL, VOD)), st.sampled_from(["0.37", "1.123456"])),
    st.tuples(st.just("cash"), st.sampled_from(list(CashReason)), st.integers(-(10**11), 10**11)),
    st.tuples(st.just("again"), st.just(AAPL), st.just(0)),
    st.tuples(st.just("coins"), st.just(BTC), st.integers(1, 40)),
)


@settings(max_examples=120, deadline=None)
@given(story=st.lists(moves, max_size=25), fees=st.sampled_from(["", "BTC", "GBP"]))
def test_any_session_adds_up_to_its_equity(story: list[tuple[str, object, object]], fees: str) -> None:
    told, price, deposits = Told(), dict(PRICES), 0
    for number, (kind, what, size) in enumerate(story):
        now, who = 10**17 + len(told.records), "ab"[number % 2]
        match kind:
            case "price":
                price[what.id] *= size  # type: ignore[attr-defined, operator]
                told.price(what.id, max(price[what.id], 0.05))  # type: ignore[attr-defined]
            case "trade":
                votes = (vote("m1", 0.7, 3.0 * size), vote("m2", 0.3, 1.0 * size))  # type: ignore[operator]
                told.trade(who, what.id, size, 0, 123_457, fees, votes)  # type: ignore[attr-defined, arg-type]
            case "split":
                up, down = size  # type: ignore[misc]
                action = {"instrument_id": what.id, "numerator": up, "denominator": down}  # type: ignore[attr-defined]
                told.tell(CorporateAction(ts_event=now, kind=ActionKind.SPLIT, **action))  # type: ignore[arg-type]
            case "dividend":
                pays = {"instrument_id": what.id, "amount": size}  # type: ignore[attr-defined]
                told.tell(CorporateAction(ts_event=now, kind=ActionKind.DIVIDEND, **pays))  # type: ignore[arg-type]
            case "cash":
                reason = CashReason(what)  # type: ignore[arg-type]
                moved = {"account": "main", "currency": "USD", "amount_e8": size, "reason": reason}
                told.tell(CashMoved(ts_event=now, reference=f"r{number}", **moved))  # type: ignore[arg-type]
                if reason in (CashReason.DEPOSIT, CashReason.WITHDRAWAL):
                    deposits += size  # type: ignore[operator]
            case "coins":  # lots of a position pay for a fee in coins
                held = told.book.positions.get(PositionKey("main", who, BTC.id))
                lots = min(size, held.quantity_lots) if held is not None else 0  # type: ignore[call-overload]
                if lots > 0:
                    told.tell(
                        CashMoved(
                            ts_event=now, reference=f"r{number}", account="main", currency="BTC",
                            amount_e8=lots * lot_e8(BTC), reason=CashReason.COINS, strategy=who,
                            instrument_id=BTC.id,
                        )
                    )  # fmt: skip
            case _:  # a fill that the venue says twice, a movement of cash that the broker does
                for record in [r for r in told.records if isinstance(r.event, OrderFilled | CashMoved)][-2:]:
                    if record.cause == 0:
                        told.tell(record.event)
    found = attribute(told.records, told.book)
    assert found.total_e8 == sum(found.by_strategy.values()) == sum(found.by_id.values())
    assert found.total_e8 == sum(found.by_model.values())
    # Each piece is rounded to 1e-8 once, so a long story may be some units off, far inside a cent.
    change = told.book.equity_e8 - 1_000_000 * E8 - deposits
    assert abs(found.total_e8 - change) < E8 // 10_000
    *_, (_, rebuilt) = rebuild(told.records)
    assert (rebuilt.equity_e8, rebuilt.positions, rebuilt.accounts) == (
        told.book.equity_e8, told.book.positions, told.book.accounts,
    )  # fmt: skip


@given(
    profit=st.integers(-(10**18), 10**18),
    votes=st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0, 1), st.floats(-100, 100)), max_size=8),
    sign=st.sampled_from([1, -1]),
)
def test_parts_add_up_exactly(profit: int, votes: list[tuple[str, float, float]], sign: int) -> None:
    parts = split_by_votes(profit, tuple(vote(*v) for v in votes), sign)
    assert sum(parts.values()) == profit
    supporters = {m for m, w, e in votes if w * e * sign > 0} or {UNATTRIBUTED}
    assert set(parts) == supporters
