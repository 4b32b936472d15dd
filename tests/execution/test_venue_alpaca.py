"""An unmodified alpaca-py trades against the venue server; no client of ours is in between."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import alpaca_client  # noqa: F401 - before anything of alpaca-py

# isort: split
import pytest
from alpaca.common.exceptions import APIError
from alpaca.data.historical import CryptoHistoricalDataClient, StockHistoricalDataClient
from alpaca.data.requests import (
    CryptoLatestQuoteRequest,
    StockBarsRequest,
    StockLatestBarRequest,
    StockLatestQuoteRequest,
    StockLatestTradeRequest,
    StockSnapshotRequest,
)
from alpaca.data.timeframe import TimeFrame
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import (
    OrderClass,
    OrderSide,
    OrderStatus,
    OrderType,
    PositionSide,
    QueryOrderStatus,
    TimeInForce,
)
from alpaca.trading.requests import (
    ClosePositionRequest,
    GetCalendarRequest,
    GetOrderByIdRequest,
    GetOrdersRequest,
    LimitOrderRequest,
    MarketOrderRequest,
    ReplaceOrderRequest,
    StopLimitOrderRequest,
    StopLossRequest,
    StopOrderRequest,
    TakeProfitRequest,
    TrailingStopOrderRequest,
)
from rehearsing import Rehearsal, make_venue, serving


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    with serving(make_venue(tmp_path / "alpaca.jsonl")) as served:
        served.step(2)  # the first quote of each market
        yield served


@pytest.fixture
def client(rehearsal: Rehearsal) -> Iterator[TradingClient]:
    made = TradingClient(rehearsal.key, rehearsal.secret, url_override=rehearsal.url)
    yield made
    made._session.close()


def market(side: OrderSide, **what: object) -> MarketOrderRequest:
    fields: dict[str, object] = {"symbol": "AAPL", "side": side, "time_in_force": TimeInForce.DAY}
    return MarketOrderRequest(**(fields | what))


def limit(side: OrderSide, price: float, **what: object) -> LimitOrderRequest:
    fields: dict[str, object] = {"symbol": "AAPL", "side": side, "time_in_force": TimeInForce.GTC}
    return LimitOrderRequest(**(fields | {"limit_price": price} | what))


def test_a_market_order_fills_at_what_is_shown_and_the_money_is_right_to_the_cent(client):
    before = client.get_account()
    assert Decimal(before.cash) == 100_000
    made = client.submit_order(market(OrderSide.BUY, qty=10, client_order_id="first"))
    assert made.status is OrderStatus.FILLED
    assert Decimal(made.filled_avg_price) == Decimal("100.01")  # 100.00 and one basis point, up to the cent
    account, (position,) = client.get_account(), client.get_all_positions()
    assert Decimal(account.cash) == 100_000 - 10 * Decimal("100.01")
    assert (position.symbol, position.side, Decimal(position.qty)) == ("AAPL", PositionSide.LONG, 10)
    assert Decimal(position.cost_basis) == Decimal("1000.10")
    assert Decimal(account.equity) == Decimal(account.cash) + Decimal(position.market_value)
    assert client.get_order_by_client_id("first").id == made.id
    (fill,) = client.get("/account/activities/FILL")
    assert (fill["order_id"], fill["qty"], fill["price"]) == (str(made.id), "10", "100.01")
    sold = client.close_position("AAPL")
    assert sold.side is OrderSide.SELL
    assert client.get_all_positions() == []
    assert Decimal(client.get_account().cash) == 100_000 - Decimal("0.20")  # the spread, twice a cent on ten


def test_a_limit_order_rests_until_the_price_comes_and_fills_no_worse(client, rehearsal):
    made = client.submit_order(limit(OrderSide.BUY, 99.50, qty=5))
    assert made.status is OrderStatus.NEW
    assert [one.id for one in client.get_orders()] == [made.id]
    rehearsal.bars(5)
    assert client.get_order_by_id(made.id).status is OrderStatus.NEW
    rehearsal.bars(2)
    done = client.get_order_by_id(made.id)
    assert done.status is OrderStatus.FILLED
    assert Decimal(done.filled_avg_price) <= Decimal("99.50")
    assert client.get_orders() == []
    assert [one.id for one in client.get_orders(GetOrdersRequest(status=QueryOrderStatus.CLOSED))] == [
        made.id
    ]


def test_an_order_larger_than_what_is_shown_fills_in_parts(client, rehearsal):
    made = client.submit_order(limit(OrderSide.BUY, 105, qty=900, symbol="AAPL"))
    assert made.status is OrderStatus.FILLED
    client.submit_order(market(OrderSide.SELL, qty=900))
    made = client.submit_order(limit(OrderSide.BUY, 110, qty=1_200))
    assert (made.status, made.filled_qty) == (OrderStatus.PARTIALLY_FILLED, "100")  # 1,000 were shown
    rehearsal.step(1)
    rehearsal.step(1)
    done = client.get_order_by_id(made.id)
    assert (done.status, done.filled_qty) == (OrderStatus.PARTIALLY_FILLED, "1100")
    rehearsal.bars(1)
    assert client.get_order_by_id(made.id).status is OrderStatus.FILLED
    fills = client.get("/account/activities/FILL", {"direction": "asc"})
    assert [fill["qty"] for fill in fills][-3:] == ["100", "1000", "100"]


def test_stops_wait_for_their_price(client, rehearsal):
    stop = client.submit_order(
        StopOrderRequest(
            symbol="AAPL", qty=1, side=OrderSide.BUY, time_in_force=TimeInForce.DAY, stop_price=101.5
        )
    )
    limited = client.submit_order(
        StopLimitOrderRequest(
            symbol="AAPL",
            qty=1,
            side=OrderSide.BUY,
            time_in_force=TimeInForce.DAY,
            stop_price=102.5,
            limit_price=102.9,
        )
    )
    rehearsal.bars(2)
    assert client.get_order_by_id(stop.id).status is OrderStatus.NEW
    rehearsal.bars(8)
    assert Decimal(client.get_order_by_id(stop.id).filled_avg_price) >= Decimal("101.5")
    done = client.get_order_by_id(limited.id)
    assert done.status is OrderStatus.FILLED
    assert Decimal(done.filled_avg_price) <= Decimal("102.9")


def test_a_trailing_stop_follows_the_price_up_and_not_down(client, rehearsal):
    client.submit_order(market(OrderSide.BUY, qty=1))
    made = client.submit_order(
        TrailingStopOrderRequest(
            symbol="AAPL", qty=1, side=OrderSide.SELL, time_in_force=TimeInForce.GTC, trail_price=2.0
        )
    )
    assert (made.order_type, made.hwm, made.stop_price) == (OrderType.TRAILING_STOP, "100", "98")
    rehearsal.bars(4)
    moved = client.get_order_by_id(made.id)
    assert (moved.hwm, moved.stop_price, moved.status) == ("103.01", "101.01", OrderStatus.NEW)
    rehearsal.bars(2)
    assert client.get_order_by_id(made.id).status is OrderStatus.FILLED
    assert client.get_all_positions() == []


def test_a_bracket_waits_for_its_entry_and_one_exit_cancels_the_other(client, rehearsal):
    made = client.submit_order(
        limit(
            OrderSide.BUY,
            100.5,
            qty=3,
            order_class=OrderClass.BRACKET,
            take_profit=TakeProfitRequest(limit_price=102.5),
            stop_loss=StopLossRequest(stop_price=98.5),
        )
    )
    assert made.status is OrderStatus.FILLED
    assert [leg.status for leg in made.legs] == [OrderStatus.NEW, OrderStatus.NEW]
    target, stop = made.legs
    assert (target.limit_price, stop.stop_price) == ("102.5", "98.5")
    rehearsal.bars(4)
    assert client.get_order_by_id(target.id).status is OrderStatus.FILLED
    assert client.get_order_by_id(stop.id).status is OrderStatus.CANCELED
    assert client.get_all_positions() == []
    nested = client.get_order_by_id(made.id, GetOrderByIdRequest(nested=True))
    assert [leg.id for leg in nested.legs] == [target.id, stop.id]


def test_legs_are_held_until_the_entry_fills_and_go_with_it(client):
    made = client.submit_order(
        limit(
            OrderSide.BUY,
            90,
            qty=3,
            order_class=OrderClass.BRACKET,
            take_profit=TakeProfitRequest(limit_price=110),
            stop_loss=StopLossRequest(stop_price=80, limit_price=79),
        )
    )
    assert [leg.status for leg in made.legs] == [OrderStatus.HELD, OrderStatus.HELD]
    client.cancel_order_by_id(made.id)
    statuses = {one.status for one in client.get_orders(GetOrdersRequest(status=QueryOrderStatus.ALL))}
    assert statuses == {OrderStatus.CANCELED}


def test_an_oco_pair_protects_what_is_held(client, rehearsal):
    client.submit_order(market(OrderSide.BUY, qty=2))
    made = client.submit_order(
        limit(
            OrderSide.SELL,
            110,
            qty=2,
            order_class=OrderClass.OCO,
            take_profit=TakeProfitRequest(limit_price=110),
            stop_loss=StopLossRequest(stop_price=98.5),
        )
    )
    (stop,) = made.legs
    with pytest.raises(APIError) as refused:  # all that is held is held for the pair
        client.submit_order(market(OrderSide.SELL, qty=2))
    assert json.loads(str(refused.value))["available"] == "0"
    rehearsal.bars(7)
    assert client.get_order_by_id(stop.id).status is OrderStatus.FILLED
    assert client.get_order_by_id(made.id).status is OrderStatus.CANCELED


def test_replacing_makes_another_order_and_keeps_the_chain(client):
    old = client.submit_order(limit(OrderSide.BUY, 90, qty=2))
    new = client.replace_order_by_id(old.id, ReplaceOrderRequest(qty=3, limit_price=91.5))
    assert (new.qty, new.limit_price, new.replaces) == ("3", "91.5", old.id)
    gone = client.get_order_by_id(old.id)
    assert (gone.status, gone.replaced_by) == (OrderStatus.REPLACED, new.id)
    with pytest.raises(APIError) as refused:
        client.replace_order_by_id(old.id, ReplaceOrderRequest(qty=4))
    assert refused.value.code == 42210000


def test_cancel_and_cancel_all(client):
    made = [client.submit_order(limit(OrderSide.BUY, price, qty=1)) for price in (90, 91, 92)]
    client.cancel_order_by_id(made[0].id)
    with pytest.raises(APIError) as refused:
        client.cancel_order_by_id(made[0].id)
    assert refused.value.status_code == 422
    assert {one.id for one in client.cancel_orders()} == {made[1].id, made[2].id}
    assert client.get_orders() == []


def test_immediate_orders_never_rest(client):
    for time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        made = client.submit_order(limit(OrderSide.BUY, 99, qty=1, time_in_force=time_in_force))
        assert made.status is OrderStatus.CANCELED
    part = client.submit_order(limit(OrderSide.BUY, 101, qty=1_500, time_in_force=TimeInForce.IOC))
    assert (part.status, part.filled_qty) == (OrderStatus.CANCELED, "1000")
    whole = client.submit_order(limit(OrderSide.BUY, 101, qty=300, time_in_force=TimeInForce.FOK))
    assert (whole.status, whole.filled_qty) == (OrderStatus.CANCELED, "0")


def test_shorts_and_closing_a_part(client):
    client.submit_order(market(OrderSide.SELL, qty=10))
    position = client.get_open_position("AAPL")
    assert (position.side, position.qty) == (PositionSide.SHORT, "-10")
    client.close_position("AAPL", ClosePositionRequest(percentage="40"))
    assert client.get_open_position("AAPL").qty == "-6"
    (closed,) = client.close_all_positions(cancel_orders=True)
    assert (closed.status, closed.body.side) == (200, OrderSide.BUY)
    with pytest.raises(APIError) as refused:
        client.get_open_position("AAPL")
    assert refused.value.status_code == 404


def test_coins_are_paid_for_with_cash_and_their_fee_is_taken_in_coins(client):
    made = client.submit_order(
        market(OrderSide.BUY, symbol="BTC/USD", qty=0.1, time_in_force=TimeInForce.GTC)
    )
    assert (made.status, made.filled_avg_price) == (OrderStatus.FILLED, "50005")
    position = client.get_open_position("BTCUSD")
    assert Decimal(position.qty) == Decimal("0.1") * (1 - Decimal("0.001"))
    assert Decimal(client.get_account().cash) == 100_000 - Decimal("5000.5")
    with pytest.raises(APIError) as refused:
        client.submit_order(market(OrderSide.SELL, symbol="BTC/USD", qty=0.1, time_in_force=TimeInForce.GTC))
    assert "insufficient qty" in str(refused.value)
    client.close_position("BTCUSD")
    assert client.get_all_positions() == []


def test_notional_orders_buy_for_so_much_money(client):
    made = client.submit_order(market(OrderSide.BUY, notional=250))
    assert Decimal("249.99") < Decimal(made.filled_qty) * Decimal(made.filled_avg_price) <= 250


@pytest.mark.parametrize(
    ("what", "status", "code"),
    [
        ({"qty": 5_000}, 403, 40310000),
        ({"symbol": "NONE", "qty": 1}, 422, 42210000),
        ({"qty": 0.00000001}, 422, 42210000),
        ({"qty": 1, "client_order_id": "x" * 129}, 422, 42210000),
        ({"qty": 1, "time_in_force": TimeInForce.OPG}, 422, 42210000),
        ({"qty": 1, "symbol": "BTC/USD", "time_in_force": TimeInForce.DAY}, 422, 42210000),
    ],
)
def test_what_cannot_be_is_refused_with_alpacas_codes(client, what, status, code):
    with pytest.raises(APIError) as refused:
        client.submit_order(market(OrderSide.BUY, **what))
    assert (refused.value.status_code, refused.value.code) == (status, code)
    assert client.get_orders(GetOrdersRequest(status=QueryOrderStatus.ALL)) == []


def test_one_name_makes_one_order(client):
    client.submit_order(market(OrderSide.BUY, qty=1, client_order_id="once"))
    with pytest.raises(APIError) as refused:
        client.submit_order(market(OrderSide.BUY, qty=1, client_order_id="once"))
    assert (refused.value.status_code, refused.value.code) == (422, 40010001)
    assert client.get_open_position("AAPL").qty == "1"


def test_a_price_off_the_grid_is_refused(client):
    with pytest.raises(APIError, match="sub-penny"):
        client.submit_order(limit(OrderSide.BUY, 99.005, qty=1))


def test_orders_of_the_day_end_with_it(client, rehearsal):
    day = client.submit_order(limit(OrderSide.BUY, 50, qty=1, time_in_force=TimeInForce.DAY))
    kept = client.submit_order(limit(OrderSide.BUY, 50, qty=1))
    client.submit_order(market(OrderSide.BUY, qty=10))
    assert Decimal(client.get_account().last_equity) == 100_000
    rehearsal.step(1_000)
    assert client.get_account().last_equity == client.get_account().equity != "100000"
    assert client.get_order_by_id(day.id).status is OrderStatus.EXPIRED
    assert client.get_order_by_id(kept.id).status is OrderStatus.NEW


def test_the_wrong_key_opens_nothing(rehearsal):
    stranger = TradingClient("nobody", rehearsal.secret, url_override=rehearsal.url)
    with pytest.raises(APIError) as refused:
        stranger.get_account()
    stranger._session.close()
    assert refused.value.status_code == 401


def test_assets_clock_and_calendar(client, rehearsal):
    assert {one.symbol for one in client.get_all_assets()} == {"AAPL", "BTC/USD"}
    share, coin = client.get_asset("AAPL"), client.get_asset("BTC/USD")
    assert (share.shortable, coin.shortable) == (True, False)
    assert client.get_asset(share.id) == share
    clock = client.get_clock()
    assert clock.is_open
    assert clock.next_close == datetime(2024, 3, 5, 21, 0, tzinfo=UTC)
    assert clock.next_open == datetime(2024, 3, 6, 14, 30, tzinfo=UTC)
    days = client.get_calendar(GetCalendarRequest(start="2024-03-27", end="2024-04-02"))
    assert [f"{day.date:%d}" for day in days] == ["27", "28", "01", "02"]  # Good Friday is none
    assert f"{days[0].open:%H:%M} {days[0].close:%H:%M}" == "09:30 16:00"


def test_prices_for_the_data_clients(rehearsal):
    stocks = StockHistoricalDataClient(rehearsal.key, rehearsal.secret, url_override=rehearsal.url)
    coins = CryptoHistoricalDataClient(rehearsal.key, rehearsal.secret, url_override=rehearsal.url)
    quote = stocks.get_stock_latest_quote(StockLatestQuoteRequest(symbol_or_symbols="AAPL"))["AAPL"]
    assert (quote.bid_price, quote.ask_price, quote.ask_size) == (99.99, 100.01, 1_000.0)
    asked = CryptoLatestQuoteRequest(symbol_or_symbols="BTC/USD")
    assert coins.get_crypto_latest_quote(asked)["BTC/USD"].ask_price == 50_005.0
    rehearsal.bars(3)
    bar = stocks.get_stock_latest_bar(StockLatestBarRequest(symbol_or_symbols="AAPL"))["AAPL"]
    assert (bar.close, bar.timestamp) == (102.0, datetime(2024, 3, 5, 14, 32, tzinfo=UTC))
    trade = stocks.get_stock_latest_trade(StockLatestTradeRequest(symbol_or_symbols="AAPL"))["AAPL"]
    assert trade.price == 102.0
    snapshot = stocks.get_stock_snapshot(StockSnapshotRequest(symbol_or_symbols="AAPL"))["AAPL"]
    assert snapshot.latest_trade.price == 102.0
    since = datetime(2024, 3, 5, 14, 31, tzinfo=UTC)
    wanted = StockBarsRequest(symbol_or_symbols="AAPL", timeframe=TimeFrame.Minute, start=since)
    assert [one.close for one in stocks.get_stock_bars(wanted)["AAPL"]] == [101.0, 102.0]
    with pytest.raises(APIError, match="has bars of 1Min"):
        stocks.get_stock_bars(StockBarsRequest(symbol_or_symbols="AAPL", timeframe=TimeFrame.Hour))
    stocks._session.close()
    coins._session.close()


def test_answers_have_every_field_that_was_recorded(client, shared_data):
    """Against payloads that alpaca-py's own tests recorded; only what says nothing here may lack."""
    import gzip

    recorded = json.loads(
        gzip.decompress((shared_data / "api_payloads/alpaca_py_mocks.json.gz").read_bytes())
    )
    bodies = {one["test"].split("::")[1]: one["body"] for one in recorded if "trading_client" in one["test"]}
    client.submit_order(market(OrderSide.BUY, qty=1, client_order_id="seen"))
    raw = {
        "test_get_order_by_client_id": client.get("/orders:by_client_order_id", {"client_order_id": "seen"}),
        "test_get_asset": client.get("/assets/AAPL"),
        "test_get_all_positions": client.get("/positions")[0],
        "test_get_account": client.get("/account"),
    }
    lacking = {
        "commission", "usd", "last_close_pct_change", "last_price", "pattern_day_trader", "daytrade_count",
        "daytrading_buying_power", "options_buying_power", "options_approved_level", "options_trading_level",
    }  # fmt: skip
    for name, answer in raw.items():
        body = bodies[name][0] if isinstance(bodies[name], list) else bodies[name]
        assert set(body) - set(answer) <= lacking, name
