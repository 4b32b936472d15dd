"""A bot of a few lines, in an unmodified alpaca-py, against faults and a venue that is started again.

After each run the bot's own account of what it did and the venue's must be the same: no order lost, none
doubled, the position the sum of the fills, the money right to the cent.
"""

import random
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import alpaca_client  # noqa: F401 - before anything of alpaca-py

# isort: split
import pytest
import requests
from alpaca.common.exceptions import APIError
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderSide, QueryOrderStatus, TimeInForce
from alpaca.trading.requests import GetOrdersRequest, LimitOrderRequest, MarketOrderRequest
from rehearsing import Rehearsal, make_venue, serving

FAULTS = [
    {"fault": "no_answer", "where": "POST /v2/orders", "chance": 0.2, "times": 0},
    {"fault": "disconnect", "where": "* /v2/orders*", "chance": 0.1, "times": 0},
    {"fault": "error", "where": "POST /v2/orders", "chance": 0.15, "times": 0, "carried_out": True},
    {"fault": "error", "where": "*", "chance": 0.05, "times": 0, "status": 503},
    {"fault": "too_many", "where": "GET *", "chance": 0.1, "times": 0, "seconds": 1},
    {"fault": "partial", "where": "POST /v2/orders", "chance": 0.3, "times": 0, "part": 0.4},
    {"fault": "cancel_races", "where": "DELETE *", "chance": 0.5, "times": 0},
]
FAILURES = (APIError, requests.exceptions.ConnectionError)


class Bot:
    """Sends each order once, and asks by its name what became of it until it knows."""

    def __init__(self, rehearsal: Rehearsal, names: set[str]) -> None:
        self.client = TradingClient(rehearsal.key, rehearsal.secret, url_override=rehearsal.url)
        self.client._retry_wait = 0
        self.names = names

    def send(self, order) -> None:
        try:
            self.client.submit_order(order)
        except APIError as error:
            if error.status_code in (403, 422):
                return  # refused: nothing was placed
            self._settle(order)
        except requests.exceptions.ConnectionError:
            self._settle(order)
        if self._exists(order.client_order_id):
            self.names.add(order.client_order_id)

    def _settle(self, order) -> None:
        """Unknown: send it again only when the venue says that it does not have it."""
        if not self._exists(order.client_order_id):
            self.send(order)

    def _exists(self, name: str) -> bool:
        return self.sure(lambda: self.client.get_order_by_client_id(name)) is not None

    def sure(self, ask):
        """Ask until there is an answer; None where there is no such thing."""
        while True:
            try:
                return ask()
            except FAILURES as error:
                if isinstance(error, APIError) and error.status_code == 404:
                    return None

    def cancel_one(self, rng: random.Random) -> None:
        still_open = self.sure(self.client.get_orders)
        if still_open:
            number = rng.choice(still_open).id
            with suppress(*FAILURES):  # late, cut off or unanswered: the next look at the order tells
                self.client.cancel_order_by_id(number)


def trade(bot: Bot, rehearsal: Rehearsal, rng: random.Random, prefix: str) -> None:
    for nth in range(12):
        common = {
            "symbol": "AAPL",
            "side": rng.choice([OrderSide.BUY, OrderSide.SELL]),
            "qty": rng.randint(1, 300),
            "time_in_force": TimeInForce.GTC,
            "client_order_id": f"{prefix}-{nth}",
        }
        price = rng.randint(97, 104)
        bot.send(rng.choice([MarketOrderRequest(**common), LimitOrderRequest(limit_price=price, **common)]))
        if rng.random() < 0.4:
            bot.cancel_one(rng)
        rehearsal.step(rng.randint(0, 3) or 1)


@pytest.mark.parametrize("seed", range(3))
def test_a_bot_that_asks_by_name_ends_with_the_venues_own_books(tmp_path: Path, seed: int):
    rng, state, names = random.Random(seed), tmp_path / "state.jsonl", set()
    for run in range(3):  # each ends with everything but the state's file gone
        with serving(make_venue(state)) as rehearsal:
            rehearsal.step(2)
            rehearsal.faults(FAULTS)
            bot = Bot(rehearsal, names)
            trade(bot, rehearsal, rng, f"r{run}")
            struck = sum(one["struck"] for one in rehearsal.faults([]))
            bot.client._session.close()
        assert struck > 3
    with serving(make_venue(state)) as rehearsal:
        client = TradingClient(rehearsal.key, rehearsal.secret, url_override=rehearsal.url)
        orders = client.get_orders(GetOrdersRequest(status=QueryOrderStatus.ALL, limit=500))
        fills = client.get("/account/activities/FILL", {"direction": "asc"})
        positions, account = client.get_all_positions(), client.get_account()
        client._session.close()
    assert sorted(one.client_order_id for one in orders) == sorted(names)
    assert len(names) > 10
    signs = {"buy": 1, "sell": -1}
    held = sum(signs[fill["side"]] * Decimal(fill["qty"]) for fill in fills)
    spent = sum(signs[fill["side"]] * Decimal(fill["qty"]) * Decimal(fill["price"]) for fill in fills)
    assert sum((Decimal(one.qty) for one in positions), Decimal(0)) == held
    assert Decimal(account.cash) == 100_000 - spent
    for order in orders:
        of_order = [Decimal(fill["qty"]) for fill in fills if fill["order_id"] == str(order.id)]
        assert sum(of_order, Decimal(0)) == Decimal(order.filled_qty)
