"""Opens the broker of a live session, and asks for a person's word where the money is real."""

import hmac

from tradewind.app.config import TradewindConfig
from tradewind.app.rehearsal.joining import Joined
from tradewind.app.session.plan import SessionPlan
from tradewind.core.clock import WallClock
from tradewind.core.errors import ConfigError
from tradewind.core.ports import ExternalBroker
from tradewind.execution.brokers.credentials import AccountKind, Credentials, read_credentials
from tradewind.execution.brokers.registry import BROKERS, BrokerRequest, open_broker

REAL = AccountKind.LIVE
AT = ("session", "broker")


def require_broker(config: TradewindConfig, *, real_money: bool) -> None:
    """Refuse a session that could not trade its account, before anything is fitted.

    Raises
    ------
    ConfigError
        No broker is named; the account is one with real money and nobody said so on the command line, or the
        other way round; or no ``capital`` bounds what it may use.
    RegistryError
        There is no broker of that name, or its library is missing.
    """
    settings = config.session.broker
    if not settings.name:
        known = ", ".join(BROKERS.names())
        message = "No broker is named for this session."
        raise ConfigError(message, f"Name one with --broker: {known}.", location=(*AT, "name"))
    BROKERS.get(settings.name)
    if real_money and settings.account != REAL:
        message = f"--real-money is given, and the account is {settings.account}."
        raise ConfigError(message, "Set session.broker.account to live, or leave it out.", location=AT)
    if settings.account == REAL and not real_money:
        message = f"session.broker.account is live: the account at {settings.name} holds real money."
        raise ConfigError(message, "Say so with --real-money, or set it to paper.", location=AT)
    if settings.account == REAL and settings.capital is None:
        message = "A session with real money needs a bound of what it may use."
        raise ConfigError(message, "Set session.broker.capital, small at first.", location=(*AT, "capital"))


def words_to_type(plan: SessionPlan) -> str:
    """What a person types before real money is traded: it names session, broker and bound."""
    settings = plan.config.session.broker
    base = plan.config.session.base_currency
    return f"{plan.session_id} trades up to {settings.capital:g} {base} at {settings.name}"


def require_words(plan: SessionPlan, typed: str) -> None:
    """ConfigError where a session with real money is not confirmed word for word."""
    if plan.config.session.broker.account != REAL:
        return
    wanted = words_to_type(plan)
    if not hmac.compare_digest(" ".join(typed.split()).encode(), wanted.encode()):
        message = "The session with real money was not confirmed."
        raise ConfigError(message, f"Type, or give with --confirm: {wanted}")


def broker_of(plan: SessionPlan, joined: Joined | None = None) -> ExternalBroker:
    """The broker of the session's account; at a rehearsal that was joined, with the keys of that.

    Raises
    ------
    ConfigError
        Its keys are not set.
    RegistryError
        There is no broker of that name, or its library is missing.
    """
    settings, kind = plan.config.session.broker, AccountKind(plan.config.session.broker.account)
    keys = (
        read_credentials(settings.name, kind)
        if joined is None
        else Credentials(AccountKind.PAPER, joined.key, joined.secret)
    )
    request = BrokerRequest(
        instruments=plan.instruments,
        credentials=keys,
        rest_url=settings.rest_url,
        stream_url=settings.stream_url,
        timeout_s=settings.timeout_s,
        sweep_every_s=settings.sweep_s,
        base_currency=plan.config.session.base_currency,
        clock=WallClock().now_ns,
    )
    return open_broker(settings.name, kind, request)
