"""Addresses that are none are refused with a word, wherever one is given."""

import pytest

from tradewind.core.errors import ConfigError
from tradewind.data.policy.addresses import check_address
from tradewind.data.policy.redis_server import RedisServer
from tradewind.store.postgres.server import PostgresServer


@pytest.mark.parametrize("take", [check_address, RedisServer, PostgresServer])
@pytest.mark.parametrize("rest", ["[::1/x", "h:port/x", "h:99999999/x", "me:never-shown@[::1/x"])
def test_an_address_that_cannot_be_read_is_said_and_its_password_is_not(take, rest):
    for scheme in ("https", "redis", "postgresql"):
        with pytest.raises(ConfigError) as error:
            take(f"{scheme}://{rest}")
        assert "never-shown" not in str(error.value)
