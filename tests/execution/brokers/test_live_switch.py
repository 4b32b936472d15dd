"""Nothing trades real money by accident: the switch, the words and the cap."""

import pytest

from tradewind.core.errors import ConfigError
from tradewind.execution.brokers.credentials import AccountKind, Credentials
from tradewind.execution.brokers.live_switch import (
    LiveSettings,
    capped_equity_e8,
    require_armed,
    require_typed,
    words_to_type,
)
from tradewind.execution.brokers.registry import BrokerRequest, open_broker


def test_a_live_session_wants_a_switch_and_a_cap():
    with pytest.raises(ConfigError, match="nobody said"):
        require_armed(LiveSettings(cap=100.0), switch=False)
    for settings, switch in ((LiveSettings(), True), (LiveSettings(armed=True), False)):
        with pytest.raises(ConfigError, match="cap"):
            require_armed(settings, switch=switch)
    require_armed(LiveSettings(cap=100.0), switch=True)
    require_armed(LiveSettings(cap=100.0, armed=True), switch=False)


def test_a_live_account_is_not_opened_by_settings_that_are_not_armed():
    request = BrokerRequest(instruments={}, credentials=Credentials(AccountKind.LIVE, "AK1", "secret"))
    with pytest.raises(ConfigError, match="nobody said"):
        open_broker("alpaca", AccountKind.LIVE, request, LiveSettings(cap=100.0))


@pytest.mark.parametrize("typed", ["", "yes", "y", "trade 100 live at alpaca"])
def test_only_the_very_words_start_it(typed):
    wanted = words_to_type("alpaca", "main", LiveSettings(cap=100.0))
    assert wanted == "trade 100 live at alpaca as main"
    with pytest.raises(ConfigError, match="not typed"):
        require_typed(wanted, lambda _: typed)
    require_typed(wanted, lambda words: f"{words}\n")


def test_the_size_is_capped():
    settings = LiveSettings(cap=100.0)
    assert capped_equity_e8(10**15, settings) == 100 * 10**8
    assert capped_equity_e8(10**9, settings) == 10**9
