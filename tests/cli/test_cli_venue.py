"""``tradewind venue`` as people start it, over the bundled sample: killed at once and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import alpaca_client  # noqa: F401 - before anything of alpaca-py

# isort: split
import pytest
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderSide, TimeInForce
from alpaca.trading.requests import LimitOrderRequest, MarketOrderRequest

BARS = {"symbols": "AAPL", "timeframe": "1Day", "start": "2011-12-29", "limit": 2}
"""Days of before the start; Alpaca stamps them by midnight in New York."""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def started(folder: Path, port: int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        sys.executable,
        "-m",
        "tradewind",
        "venue",
        "--home",
        str(folder / "home"),
        "--port",
        str(port),
    ]
    with (folder / "said.txt").open("ab") as said:
        process = subprocess.Popen([*command, *options], stdout=said, stderr=said, cwd=folder)
        try:
            while process.poll() is None:
                with socket.socket() as asked:
                    if asked.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield process
        finally:
            process.kill()
            process.wait(20)


def test_a_killed_venue_goes_on_where_it_answered(tmp_path: Path):
    port = free_port()
    options = (
        "--symbols",
        "AAPL,MSFT",
        "--start",
        "2012-01-03",
        "--end",
        "2012-03-01",
        "--speed",
        "36000x",
        "--cash",
        "100000.25",
    )
    client = TradingClient("rehearsal-key", "rehearsal-secret", url_override=f"http://127.0.0.1:{port}")
    common = {"symbol": "AAPL", "side": OrderSide.BUY, "time_in_force": TimeInForce.GTC}
    with started(tmp_path, port, *options) as process:
        deadline = time.monotonic() + 30
        while client.get("/account/activities/FILL") == [] and time.monotonic() < deadline:
            client.submit_order(MarketOrderRequest(qty=1, **common))
            time.sleep(0.05)
        resting = client.submit_order(
            LimitOrderRequest(qty=2, limit_price=1, client_order_id="rests", **common)
        )
        fills, orders = client.get("/account/activities/FILL"), client.get_orders()
        os.kill(process.pid, signal.SIGKILL)
        process.wait(20)
    with started(tmp_path, port, *options):
        after = client.get("/account/activities/FILL")
        assert [one for one in after if one in fills] == fills
        assert client.get_order_by_client_id("rests").id == resting.id
        assert {one.id for one in orders} <= {one.id for one in client.get_orders()} | {
            one["order_id"] for one in after
        }
        spent = sum(Decimal(one["price"]) * Decimal(one["qty"]) for one in after)
        days = [bar["t"] for bar in client.get("/stocks/bars", BARS)["bars"]["AAPL"]]
        assert days[:2] == ["2011-12-29T05:00:00.000000000Z", "2011-12-30T05:00:00.000000000Z"]
        assert Decimal(client.get_account().cash) == Decimal("100000.25") - spent
    client._session.close()
    said = (tmp_path / "said.txt").read_text()
    assert "gone on with" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--protocol", "fix"), "is no protocol"),
        (("--speed", "fast"), "is no speed"),
        (("--host", "0.0.0.0"), "is not served on"),
        (("--symbols", "VIX"), "is no share"),
        (("--cash", "0"), "The cash is 0"),
        (("--faults", "none.yaml"), "The faults of none.yaml cannot be read"),
    ],
)
def test_what_cannot_be_served_is_refused_in_a_sentence(tw, tmp_path, options, words):
    done = tw("venue", "--home", str(tmp_path), "--port", str(free_port()), *options)
    assert done.code != 0
    assert words in done.err
