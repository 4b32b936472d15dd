"""Where the orders of a live session go: the one part in which paper, shadow and live differ."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from tradewind.app.session.parts import make_venue
from tradewind.app.session.plan import SessionPlan
from tradewind.core.events import AnyEvent
from tradewind.core.ports import BesideLoop, SimulatedBroker
from tradewind.engine.driver.loop import Driver
from tradewind.engine.driver.mailbox import Mailbox
from tradewind.engine.driver.outbox import DirectOutbox, Outbox
from tradewind.engine.driver.recovery import Recovered
from tradewind.engine.driver.told_before import ToldBefore
from tradewind.execution.shadow import ShadowVenue


@dataclass(frozen=True)
class LiveEdge:
    """An end of the loop towards a venue.

    Attributes
    ----------
    beside
        What hears the market before the loop does, and is kept in snapshots.
    outbox
        Makes the outbox over the session's mailbox.
    opening
        What the session takes over, between its warm-up and its opening, at the time given.
    settle
        Brings venue and book together: at the start, and after a crash.
    listening
        Follows what the venue says by itself, while it is entered.
    told_before
        Tells what it says again.
    """

    beside: BesideLoop
    outbox: Callable[[Mailbox], Outbox]
    opening: Callable[[int], Sequence[AnyEvent]]
    settle: Callable[[Driver, Recovered], None]
    listening: Callable[[Mailbox], AbstractContextManager[None]]
    told_before: ToldBefore
    pays_dividends: bool
    """Whether dividends are carried out by the loop; an account outside is paid them by its broker."""


def paper_edge(plan: SessionPlan) -> LiveEdge:
    """The simulated venue, in the process."""
    return _inside(make_venue(plan))


def shadow_edge() -> LiveEdge:
    """Nowhere: every order is recorded and none leaves."""
    return _inside(ShadowVenue())


def _inside(venue: SimulatedBroker) -> LiveEdge:
    def settle(driver: Driver, found: Recovered) -> None:
        if found.last_seq:
            driver.reconcile(venue.reconcile(driver.state().started_ns), found.unanswered)

    return LiveEdge(
        beside=venue,
        outbox=lambda mailbox: DirectOutbox(venue),
        opening=lambda opened_ns: (),
        settle=settle,
        listening=lambda mailbox: nullcontext(),
        told_before=ToldBefore(),
        pays_dividends=True,
    )
