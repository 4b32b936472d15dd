"""Which brokers there are, and the one way to open one.

A broker is a folder or file here, or a file of somebody's own outside the package, that enters a factory from
:class:`BrokerRequest` to an :class:`~tradewind.core.ports.ExternalBroker`.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tradewind.core.errors import ConfigError
from tradewind.core.instruments import Instrument
from tradewind.core.ports import ExternalBroker
from tradewind.core.registry import Registry
from tradewind.execution.brokers.credentials import AccountKind, Credentials

TIMEOUT_S = 10.0
SWEEP_EVERY_S = 30.0


@dataclass(frozen=True, kw_only=True)
class BrokerRequest:
    """What a broker's factory gets.

    Attributes
    ----------
    instruments
        Those of the session, by id.
    credentials
        The account's pair; its ``kind`` says whether the account is paper or live.
    rest_url, stream_url
        Other addresses than the broker's own, such as those of ``tradewind venue``.
    timeout_s
        Of one request; also how long a stream may be silent, and the patience with a rate limit.
    sweep_every_s
        Seconds between two sweeps for what the stream did not say.
    account, base_currency
        Our name of the account, and what it is kept in (which instrument a coin is a position of).
    clock
        UTC nanoseconds of this machine: ``ts_recv`` of reports.
    """

    instruments: Mapping[str, Instrument]
    credentials: Credentials
    rest_url: str = ""
    stream_url: str = ""
    timeout_s: float = TIMEOUT_S
    sweep_every_s: float = SWEEP_EVERY_S
    account: str = "main"
    base_currency: str = "USD"
    clock: Callable[[], int] = time.time_ns


BROKERS: Registry[Callable[[BrokerRequest], ExternalBroker]] = Registry(
    "broker", "tradewind.execution.brokers"
)
"""Brokers by name."""


def open_broker(name: str, kind: AccountKind, request: BrokerRequest) -> ExternalBroker:
    """The broker of that name.

    Raises
    ------
    ConfigError
        The credentials are of another kind of account than the session is (``kind``): a paper session never
        holds a live key, and a live one no key of a paper account.
    RegistryError
        There is none of that name, or its library is missing.
    """
    if request.credentials.kind is not kind:
        message = f"A {kind} session was given credentials of a {request.credentials.kind} account."
        raise ConfigError(message, f"Read those of the {kind} account at {name}.")
    return BROKERS.get(name)(request)
