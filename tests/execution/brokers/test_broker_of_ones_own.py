"""A broker of somebody's own, in a file outside of the package: found by its name, opened like any other."""

import subprocess
import sys
from pathlib import Path

OWN = '''
"""A house of cards."""

from tradewind.core.accounts import AccountSnapshot
from tradewind.execution.brokers.registry import BROKERS, BrokerRequest


@BROKERS.register("house")
class House:
    name = "house"
    external = True

    def __init__(self, request: BrokerRequest) -> None:
        self.request = request

    def account(self) -> AccountSnapshot:
        return AccountSnapshot(ts_event=1, account=self.request.account, cash_e8={"USD": 5})
'''
USE = """
from pathlib import Path

from tradewind.app.config import load_config
from tradewind.app.session.opening_broker import require_broker
from tradewind.execution.brokers.credentials import AccountKind, Credentials
from tradewind.execution.brokers.registry import BrokerRequest, open_broker

config = load_config(Path("my.yaml"))
require_broker(config, real_money=False)
keys = Credentials(AccountKind.PAPER, "key", "secret")
broker = open_broker("house", AccountKind.PAPER, BrokerRequest(instruments={}, credentials=keys))
print(broker.account().cash_e8)
"""


def test_a_file_that_enters_a_factory_is_a_broker(tmp_path: Path) -> None:
    """In a process of its own: what a plug-in enters stays entered."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "house.py").write_text(OWN, "utf-8")
    (tmp_path / "my.yaml").write_text("plugins: [plugins]\nsession: {broker: {name: house}}\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", USE], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout == "{'USD': 5}\n", done.stderr
