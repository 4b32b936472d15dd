"""When a stream's connection is taken as lost and how it is mended; one set of words for all vendors."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ConnectionSettings:
    """Times in seconds."""

    stale_after_s: float = 10.0
    """No frame at all for so long is a loss."""
    open_timeout_s: float = 10.0
    attempts: int = 10
    """Connections tried in a row before the stream gives up with NetworkError."""
    first_wait_s: float = 0.2
    longest_wait_s: float = 30.0
    backfill_attempts: int = 4
    backfill_wait_s: float = 1.0
    backfill_timeout_s: float = 30.0
    most_malformed_in_row: int = 100
    ping_s: float = 20.0
    frames_ahead: int = 256
    """Frames read ahead of the handler before the socket is left to wait."""
    most_frame_bytes: int = 1 << 20
    """A longer frame ends the connection."""
