"""A person's command on its way: left with the sender's clock, taken in the session's own time."""

import msgspec

from tradewind.core.events import Command


def heard(command: Command, entry: int, session_ns: int) -> Command:
    """The command as the session takes it: in its own time, with the sender's clock kept as information.

    A replayed session must not be thrown into the present by a wall clock.
    """
    return msgspec.structs.replace(
        command, ts_event=session_ns, ts_sent=command.ts_sent or command.ts_event, entry=entry
    )


def as_sent(command: Command) -> Command:
    """A recorded command as it was left in the inbox; one that never was there stays as it is."""
    if not command.entry:
        return command
    return msgspec.structs.replace(command, ts_event=command.ts_sent, ts_sent=0, entry=0)
