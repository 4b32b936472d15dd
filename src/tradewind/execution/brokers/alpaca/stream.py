"""Alpaca's stream of trade updates: how it is greeted, and what its messages say.

Source: https://docs.alpaca.markets/docs/websocket-streaming. alpaca-py's own ``TradingStream`` logs what goes
wrong and connects again without saying so; what was missed meanwhile would stay unknown, so the socket is
held here.
"""

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from websockets.sync.client import ClientConnection

from tradewind.core.errors import BrokerRefusedError
from tradewind.execution.brokers.alpaca.decoding import Symbols, read_order, read_update
from tradewind.execution.brokers.credentials import Credentials
from tradewind.execution.brokers.figures import nonsense, shown, table
from tradewind.execution.brokers.following import Told

TRADE_UPDATES = "trade_updates"
FILLS = ("fill", "partial_fill")
TAKEN_BACK = ("trade_bust", "trade_correct")
STANDING = ("new", "accepted", "pending_new", "canceled", "expired", "rejected", "replaced")
"""Events after which an order stands otherwise; the rest (``pending_cancel``, ``held``) says nothing new."""


def greeting(credentials: Credentials, timeout_s: float) -> Callable[[ClientConnection], None]:
    """Authorises, and listens to trade updates."""

    def greet(connection: ClientConnection) -> None:
        pair = {"key_id": credentials.key, "secret_key": credentials.secret}
        told = _asked(connection, {"action": "authenticate", "data": pair}, timeout_s)
        if told.get("status") != "authorized":
            message = f"Alpaca's stream does not let the {credentials.kind} account in."
            raise BrokerRefusedError(message, "Check the key, its secret and which account they open.")
        told = _asked(connection, {"action": "listen", "data": {"streams": [TRADE_UPDATES]}}, timeout_s)
        if TRADE_UPDATES not in (told.get("streams") or ()):
            message = f"the stream listens to {shown(told.get('streams'))}"
            raise nonsense(message)

    return greet


def _asked(connection: ClientConnection, what: dict[str, Any], timeout_s: float) -> dict[str, Any]:
    connection.send(json.dumps(what))
    told = dict(table(_decoded(connection.recv(timeout=timeout_s)), "a message"))
    return dict(table(told.get("data"), "a message's data"))


def read_message(message: str | bytes, symbols: Symbols) -> Iterable[Told]:
    """What one message says of an order of the session's; BrokerError where it makes no sense."""
    told = table(_decoded(message), "a message")
    if told.get("stream") != TRADE_UPDATES:
        return ()
    data = table(told.get("data"), "a trade update")
    event = data.get("event")
    if event in TAKEN_BACK:
        message = f"a fill was taken back or corrected ({event}): {shown(data.get('execution_id'))}"
        raise nonsense(message)
    if event not in FILLS and event not in STANDING:
        return ()
    order = read_order(table(data.get("order"), "an order"), symbols)
    if order is None:
        return ()
    return (Told(order, read_update(data, order) if event in FILLS else None),)


def _decoded(message: str | bytes) -> Any:
    try:
        return json.loads(message, parse_float=Decimal)
    except ValueError as error:
        message = f"a message is {shown(message[:80])}"
        raise nonsense(message) from error
