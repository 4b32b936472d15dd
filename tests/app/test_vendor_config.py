"""What the configuration and the environment say of sources of data, and what of it is refused."""

from pathlib import Path

import pytest

from tradewind.app.config import TradewindConfig, load_config
from tradewind.app.config_check import check_config
from tradewind.app.market.vendor_config import VendorConfig, key_variables, vendor_arguments
from tradewind.app.market.workspace import make_provider
from tradewind.core.errors import ConfigError, TradewindError
from tradewind.data.policy.call_budget import CallLimit
from tradewind.data.policy.provider_policy import PolicySettings
from tradewind.data.policy.redaction import Secret
from tradewind.data.vendors.binance.history import BinanceProvider

FREE = PolicySettings(
    "keyed", (CallLimit(5, 60.0), CallLimit(25, 86_400.0)), timeout_s=10.0, cache_ttl_s=300.0
)


def keyed(
    folder: Path, *, settings: PolicySettings = FREE, api_key: Secret | None = None
) -> tuple[Path, PolicySettings, Secret | None]:
    return folder, settings, api_key


def test_a_paid_plan_replaces_the_limit_that_it_names_and_leaves_the_others(tmp_path: Path) -> None:
    vendor = VendorConfig(calls_per_minute=75, timeout_s=3.0)
    _, settings, _ = keyed(**vendor_arguments("keyed", keyed, tmp_path, vendor, {}))
    assert set(settings.limits) == {CallLimit(75, 60.0), CallLimit(25, 86_400.0)}
    assert (settings.timeout_s, settings.cache_ttl_s) == (3.0, 300.0)


def test_a_key_comes_from_the_variable_of_its_source_and_never_shows(tmp_path: Path) -> None:
    assert key_variables("keyed", keyed) == {"api_key": "TRADEWIND_KEYED_API_KEY"}
    given = vendor_arguments("keyed", keyed, tmp_path, environment={"TRADEWIND_KEYED_API_KEY": "s3cret-word"})
    assert given["api_key"].reveal() == "s3cret-word"
    assert "s3cret" not in repr(given)
    assert "api_key" not in vendor_arguments("keyed", keyed, tmp_path, environment={})


def test_limits_and_addresses_of_the_file_reach_the_source(tmp_path: Path) -> None:
    file = tmp_path / "my.yaml"
    file.write_text(
        f"home: {tmp_path / 'home'}\n"
        "providers:\n  binance: {calls_per_minute: 1200, base_url: 'http://127.0.0.1:1'}\n"
    )
    config = load_config(file)
    check_config(config)
    provider = make_provider(config, "binance")
    assert isinstance(provider, BinanceProvider)
    assert provider.policy.settings.limits == (CallLimit(1_200, 60.0),)
    assert provider.policy.budget.left() == (1_200,)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"binanse": {}}, "binanse"),
        ({"binance": {"base_url": "http://prices.example"}}, "providers.binance.base_url"),
        ({"sample": {"timeout_s": 3}}, "has no limit, timeout or cache"),
        ({"binance": {"feed": "sip"}}, "has no feed"),
        ({"binance": {"calls_per_minute": 0}}, "providers.binance.calls_per_minute"),
        ({"binance": {"api_key": "x"}}, "providers.binance.api_key"),
    ],
)
def test_what_a_source_does_not_take_is_refused(
    section: dict[str, object], said: str, tmp_path: Path
) -> None:
    with pytest.raises(TradewindError) as caught:
        check_config(load_config(None, home=tmp_path, providers=section))
    assert said in str(caught.value)


def test_a_key_that_nobody_wants_is_refused_with_the_name_that_was_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRADEWIND_BINANSE_API_KEY", "s3cret-word")
    with pytest.raises(ConfigError, match="TRADEWIND_BINANSE_API_KEY") as caught:
        check_config(TradewindConfig())
    assert "s3cret" not in str(caught.value)
