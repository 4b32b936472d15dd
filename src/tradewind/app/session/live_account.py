"""Runs live and shadow sessions: the broker's account is taken over where a session begins."""

from contextlib import closing
from pathlib import Path

from tradewind.app.home import Home
from tradewind.app.session.begun import begun_records
from tradewind.app.session.broker_edge import broker_edge, with_account
from tradewind.app.session.live import run_live_session
from tradewind.app.session.live_edge import shadow_edge
from tradewind.app.session.plan import SessionPlan
from tradewind.app.session.running import Ran, Tell
from tradewind.core.clock import Clock
from tradewind.core.ports import ExternalBroker


def run_shadow(
    plan: SessionPlan, clock: Clock | None = None, operator: str = "", tell: Tell | None = None
) -> Ran:
    """Run or resume a shadow session: everything is decided and recorded, and no order leaves."""
    return run_live_session(plan, shadow_edge(), clock, operator, tell)


def run_at_broker(
    plan: SessionPlan,
    broker: ExternalBroker,
    clock: Clock | None = None,
    operator: str = "",
    tell: Tell | None = None,
) -> Ran:
    """Run or resume a session whose orders go to ``broker``, until it is stopped; the broker is closed then.

    One that begins takes over what the account holds; one that goes on asks first how everything stands.

    Raises
    ------
    ConfigError
        The account does not suit the session.
    BrokerError
        The broker cannot be reached, or refuses.
    """
    path = journal_of(plan)
    with closing(broker):
        if begun_records(path, plan.session_id):
            return run_live_session(plan, broker_edge(plan, broker, path, None), clock, operator, tell)
        snapshot = broker.account()
        begun = with_account(plan, snapshot)
        return run_live_session(begun, broker_edge(begun, broker, path, snapshot), clock, operator, tell)


def journal_of(plan: SessionPlan) -> Path:
    """Where the session's records are."""
    return Home(plan.config.home).make().journal(plan.session_id)
