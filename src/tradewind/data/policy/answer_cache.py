"""What keeps answers for a while: a file of this machine, or a server that several share."""

from typing import Protocol


class AnswerCache(Protocol):
    """Bodies of one provider by the address that was asked, its keys masked."""

    def get(self, what: str, ttl_s: float) -> bytes | None:
        """The body, unless it is older than ``ttl_s``; None where there is none."""
        ...

    def put(self, what: str, body: bytes) -> None:
        """Keep a body under what was asked."""
        ...

    def drop(self, what: str) -> None:
        """Forget an answer."""
        ...
