"""An unmodified ccxt trades against the venue server in Binance's protocol; none of ours is in between."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from rehearsing import Rehearsal, make_venue, serving

ccxt = pytest.importorskip("ccxt", reason="make setup-dev installs ccxt")

PAIR = "BTC/USD"


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    with serving(make_venue(tmp_path / "binance.jsonl", "binance")) as served:
        served.step(1)
        yield served


def connected(rehearsal: Rehearsal, **changes: object):
    api = f"{rehearsal.url}/api/v3"
    settings: dict[str, object] = {
        "apiKey": rehearsal.key,
        "secret": rehearsal.secret,
        "urls": {"api": {"public": api, "private": api}},
        "options": {"fetchMarkets": {"types": ["spot"]}, "fetchCurrencies": False, "fetchMargins": False},
        "enableRateLimit": False,
    }
    return ccxt.binance(settings | changes)


@pytest.fixture
def exchange(rehearsal: Rehearsal) -> Iterator:
    made = connected(rehearsal)
    yield made
    made.session.close()


def free(exchange, asset: str) -> float:
    return exchange.fetch_balance()[asset]["free"]


def test_markets_with_their_grids(exchange):
    market = exchange.load_markets()[PAIR]
    assert market["spot"]
    assert (market["precision"]["price"], market["precision"]["amount"]) == (0.01, 0.00001)
    assert market["limits"]["cost"]["min"] == 5.0


def test_a_market_order_fills_and_its_fee_is_taken_in_what_was_bought(exchange):
    made = exchange.create_order(PAIR, "market", "buy", 0.1)
    assert (made["status"], made["filled"], made["average"]) == ("closed", 0.1, 50_005.0)
    assert (made["fee"]["currency"], made["fee"]["cost"]) == ("BTC", 0.0001)
    assert free(exchange, "USD") == 94_999.5
    assert free(exchange, "BTC") == 0.0999
    sold = exchange.create_order(PAIR, "market", "sell", 0.0999)
    assert sold["trades"][0]["fee"]["currency"] == "USD"
    assert free(exchange, "BTC") == 0.0
    paid = [trade["fee"]["cost"] for trade in exchange.fetch_my_trades(PAIR)]
    assert paid == [0.0001, pytest.approx(0.0999 * 49_995 * 0.001, abs=1e-8)]
    assert free(exchange, "USD") == pytest.approx(94_999.5 + 0.0999 * 49_995 * 0.999, abs=1e-8)


def test_so_much_money_of_coins(exchange):
    exchange.load_markets()
    made = exchange.create_market_buy_order_with_cost(PAIR, 1_000)
    assert 999 < made["cost"] <= 1_000


def test_limit_orders_rest_lock_money_and_fill_at_their_price(exchange, rehearsal):
    made = exchange.create_order(PAIR, "limit", "buy", 0.2, 48_500)
    assert (made["status"], made["filled"]) == ("open", 0.0)
    balance = exchange.fetch_balance()["USD"]
    assert (balance["free"], balance["used"]) == (90_300.0, 9_700.0)
    assert [one["id"] for one in exchange.fetch_open_orders(PAIR)] == [made["id"]]
    rehearsal.bars(4)
    done = exchange.fetch_order(made["id"], PAIR)
    assert done["status"] == "closed"
    assert done["average"] <= 48_500
    assert exchange.fetch_open_orders(PAIR) == []


def test_cancel_and_cancel_all(exchange):
    made = [exchange.create_order(PAIR, "limit", "buy", 0.01, price) for price in (40_000, 41_000, 42_000)]
    assert exchange.cancel_order(made[0]["id"], PAIR)["status"] == "canceled"
    with pytest.raises(ccxt.OrderNotFound):
        exchange.cancel_order(made[0]["id"], PAIR)
    assert len(exchange.cancel_all_orders(PAIR)) == 2
    assert {one["status"] for one in exchange.fetch_orders(PAIR)} == {"canceled"}
    assert exchange.fetch_balance()["USD"]["used"] == 0.0


def test_an_edit_cancels_and_replaces(exchange):
    old = exchange.create_order(PAIR, "limit", "buy", 0.01, 40_000)
    new = exchange.edit_order(old["id"], PAIR, "limit", "buy", 0.02, 41_000)
    assert (new["status"], new["amount"], new["price"]) == ("open", 0.02, 41_000.0)
    assert exchange.fetch_order(old["id"], PAIR)["status"] == "canceled"
    with pytest.raises(ccxt.BaseError):
        exchange.edit_order(old["id"], PAIR, "limit", "buy", 0.02, 41_500)
    assert [one["price"] for one in exchange.fetch_open_orders(PAIR)] == [41_000.0]


def test_stops_post_only_and_orders_at_once(exchange, rehearsal):
    exchange.create_order(PAIR, "market", "buy", 0.1)
    stop = exchange.create_order(PAIR, "STOP_LOSS_LIMIT", "sell", 0.05, 48_900, {"stopPrice": 49_500})
    maker = exchange.create_order(PAIR, "limit", "buy", 0.01, 49_000, {"postOnly": True})
    assert exchange.fetch_order(maker["id"], PAIR)["postOnly"]
    with pytest.raises(ccxt.OrderImmediatelyFillable):
        exchange.create_order(PAIR, "limit", "buy", 0.01, 51_000, {"postOnly": True})
    part = exchange.create_order(PAIR, "limit", "buy", 1.5, 50_010, {"timeInForce": "IOC"})
    assert (part["status"], part["filled"]) == ("expired", 0.9)  # 1 was shown, 0.1 of it was gone
    rehearsal.bars(3)
    done = exchange.fetch_order(stop["id"], PAIR)
    assert (done["status"], done["average"] >= 48_900) == ("closed", True)


def test_one_name_is_one_order_while_it_is_open(exchange):
    named = {"newClientOrderId": "mine"}
    made = exchange.create_order(PAIR, "limit", "buy", 0.01, 40_000, named)
    with pytest.raises(ccxt.ExchangeError, match="Duplicate"):
        exchange.create_order(PAIR, "limit", "buy", 0.01, 40_000, named)
    exchange.cancel_order(made["id"], PAIR)
    again = exchange.create_order(PAIR, "limit", "buy", 0.01, 40_000, named)
    assert exchange.fetch_order(None, PAIR, {"origClientOrderId": "mine"})["id"] == again["id"]


@pytest.mark.parametrize(
    ("order", "error", "code"),
    [
        (("market", "buy", 3.0, None), ccxt.InsufficientFunds, -2010),
        (("market", "sell", 0.1, None), ccxt.InsufficientFunds, -2010),
        (("limit", "buy", 0.0001, 40_000), ccxt.BadRequest, -1013),
        (("TAKE_PROFIT", "sell", 0.1, None), ccxt.BaseError, -1116),
    ],
)
def test_what_cannot_be_is_refused_with_binances_codes(exchange, order, error, code):
    kind, side, amount, price = order
    exchange.load_markets()
    market = {"symbol": "BTCUSD", "type": kind.upper(), "side": side.upper(), "quantity": amount}
    with pytest.raises(error):
        exchange.private_post_order(market | ({"price": price, "timeInForce": "GTC"} if price else {}))
    assert json.loads(exchange.last_http_response)["code"] == code
    assert exchange.fetch_orders(PAIR) == []


def test_the_wrong_key_secret_and_time_open_nothing(rehearsal):
    for changes, error in (
        ({"apiKey": "nobody"}, ccxt.AuthenticationError),
        ({"secret": "guessed"}, ccxt.AuthenticationError),
    ):
        stranger = connected(rehearsal, **changes)
        with pytest.raises(error):
            stranger.fetch_balance()
        stranger.session.close()
    late = connected(rehearsal)
    late.nonce = lambda: ccxt.Exchange.milliseconds() - 20_000
    with pytest.raises(ccxt.InvalidNonce):
        late.fetch_balance()
    late.session.close()


def test_a_clock_that_is_off_is_met_by_asking_the_time(exchange, rehearsal):
    rehearsal.tell("/venue/faults", fault="clock_skew", seconds=-60)
    with pytest.raises(ccxt.InvalidNonce):
        exchange.fetch_balance()
    exchange.options["adjustForTimeDifference"] = True
    exchange.load_time_difference()
    assert free(exchange, "USD") == 100_000.0


def test_an_order_that_was_taken_and_never_answered_is_found_by_its_name(exchange, rehearsal):
    exchange.load_markets()
    rehearsal.tell("/venue/faults", fault="no_answer", where="POST /api/v3/order")
    with pytest.raises(ccxt.NetworkError):
        exchange.create_order(PAIR, "market", "buy", 0.1, None, {"newClientOrderId": "lost"})
    found = exchange.fetch_order(None, PAIR, {"origClientOrderId": "lost"})
    assert found["status"] == "closed"
    rehearsal.tell("/venue/faults", fault="too_many", where="GET /api/v3/account", seconds=2)
    with pytest.raises(ccxt.DDoSProtection):
        exchange.fetch_balance()


def test_prices(exchange, rehearsal):
    assert exchange.fetch_order_book(PAIR)["asks"] == [[50_005.0, 1.0]]
    exchange.create_order(PAIR, "market", "buy", 0.25)
    assert exchange.fetch_order_book(PAIR)["asks"] == [[50_005.0, 0.75]]  # what we took is gone
    rehearsal.bars(3)
    assert [row[4] for row in exchange.fetch_ohlcv(PAIR, "1m")] == [50_000.0, 50_100.0, 49_000.0]
    ticker = exchange.fetch_ticker(PAIR)
    assert (ticker["last"], ticker["open"]) == (49_000.0, 50_000.0)
    assert exchange.fetch_trades(PAIR)[-1]["price"] == 49_000.0
    assert abs(exchange.fetch_time() - exchange.milliseconds()) < 60_000
    with pytest.raises(ccxt.BaseError, match="bars of 1m"):
        exchange.fetch_ohlcv(PAIR, "1h")


def test_answers_have_every_field_that_was_recorded(exchange, shared_data):
    """Against payloads of Binance's documentation, as another adapter's tests recorded them."""
    import tarfile

    folder = "./crates/adapters/binance/test_data/spot/http_json/"
    with tarfile.open(shared_data / "api_payloads/nautilus_adapter_payloads.tar.xz") as archive:

        def recorded(name: str):
            body = json.load(archive.extractfile(f"{folder}{name}_response.json"))
            return body[0] if isinstance(body, list) else body

        exchange.load_markets()
        named = {"symbol": "BTCUSD"}
        market = named | {"side": "BUY", "type": "MARKET", "quantity": "0.1"}
        answers = {
            "new_order_full": exchange.private_post_order(market),
            "order": exchange.private_get_order(named | {"orderId": 1}),
            "account": exchange.private_get_account(),
            "account_trades": exchange.private_get_mytrades(named)[0],
            "depth": exchange.public_get_depth(named),
            "trades": exchange.public_get_trades(named)[0],
            "book_ticker": exchange.public_get_ticker_bookticker(named),
            "exchange_info": exchange.public_get_exchangeinfo(),
        }
        for name, answer in answers.items():
            assert set(recorded(name)) - set(answer) <= {"sors"}, name
        symbol = answers["exchange_info"]["symbols"][0]
        assert set(recorded("exchange_info")["symbols"][0]) <= set(symbol)
