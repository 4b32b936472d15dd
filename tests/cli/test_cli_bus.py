"""``tradewind data stream --publish``: what one process hears of an exchange, another hears off the bus."""

import sys
import threading
from pathlib import Path

import pytest
from test_cli_stream import address  # noqa: F401 - a fixture

sys.path.append(str(Path(__file__).parents[1] / "data"))

from redis_site import redis_site

pytestmark = pytest.mark.services


def test_quotes_reach_another_process(tw, program, address, tmp_path):  # noqa: F811
    with redis_site(tmp_path / "redis") as site:
        config = tmp_path / "my.yaml"
        config.write_text(f"home: {tmp_path / 'home'}\nredis: {{url: '{site.url}'}}\n")
        words = ("data", "stream", "BTC/USDT.BINANCE", "--config", config, "--json")
        there = ("--url", address, "--rest-url", "http://127.0.0.1:9", "--publish", "redis")
        told = []
        publisher = threading.Thread(target=lambda: told.append(program(*words, *there, "--seconds", "8")))
        publisher.start()
        heard = tw(*words, "--stream", "redis", "--rest-url", "http://127.0.0.1:9", "--seconds", "6")
        publisher.join()
        assert told[0].code == 0, told[0].err
        assert heard.code == 0, heard.err
        assert heard.json()["quotes"]["BTC/USDT.BINANCE"] > 3
        again = tw(*words, "--stream", "redis", "--publish", "redis", "--seconds", "1")
        assert again.code == 2
        assert "off the bus already" in again.json()["error"]["message"]
