"""Which events a person should see, and in what words."""

from tradewind.core.decisions import BreakerRearmed, BreakerTripped, InstrumentFailed, OrderRefused
from tradewind.core.events import AnyEvent, Command, FeedStatus, OverrideRecorded, SessionEnded, SessionOpened
from tradewind.core.orders import OrderRejected
from tradewind.core.timestamps import iso
from tradewind.views.rows import Notice

_GOOD_FEED = ("up", "ok", "connected", "restored", "live", "recovered")


def notice_of(seq: int, event: AnyEvent) -> Notice | None:
    """The notice that an event is worth; None for the many that are worth none."""
    match event:
        case BreakerTripped():
            name = _breaker(event)
            return _notice(seq, event, "critical", f"Breaker {name} tripped: {event.reason}")
        case BreakerRearmed():
            by = "for the new day" if event.by == "next_day" else f"by a {event.by}"
            return _notice(seq, event, "info", f"Breaker {_breaker(event)} was armed again {by}.")
        case OverrideRecorded():
            text = f"Model {_plain(event.model)} trades against the gate's verdict: {event.reason}"
            return _notice(seq, event, "warning", text)
        case FeedStatus():
            severity = "info" if event.status.lower() in _GOOD_FEED else "warning"
            detail = f": {event.detail}" if event.detail else ""
            return _notice(seq, event, severity, f"Feed {_plain(event.feed)} is {event.status}{detail}")
        case OrderRefused():
            text = f"Order refused by {_plain(event.refusal.rule)}: {event.refusal.reason}"
            return _notice(seq, event, "warning", text, event.order.instrument_id)
        case OrderRejected():
            return _notice(
                seq, event, "warning", f"The venue rejected an order: {event.reason}", event.instrument_id
            )
        case InstrumentFailed():
            return _notice(
                seq, event, "warning", f"No decision was possible: {event.error}", event.instrument_id
            )
        case Command():
            words = " ".join(filter(None, (event.verb, event.argument)))
            return _notice(seq, event, "info", f"A person commanded: {words}.")
        case SessionOpened():
            return _notice(seq, event, "info", "Warm-up is over, trading is open.")
        case SessionEnded():
            return _notice(seq, event, "info", f"The session ended. {event.reason}".strip())
        case _:
            return None


def _breaker(event: BreakerTripped | BreakerRearmed) -> str:
    return f"{_plain(event.breaker)} of {event.scope_key}" if event.scope_key else _plain(event.breaker)


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _notice(seq: int, event: AnyEvent, severity: str, text: str, instrument_id: str = "") -> Notice:
    kind = event.__struct_config__.tag
    return Notice(
        seq=seq,
        ts=iso(event.ts_event),
        severity=severity,
        kind=str(kind),
        instrument_id=instrument_id,
        text=text,
    )
