"""Answers as encoded bytes, with an ETag that is the journal's state, and pages of rows."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import msgspec
from fastapi import Request
from fastapi.responses import Response

from tradewind.api.follower import Follower

_encode = msgspec.json.Encoder().encode
JSON = "application/json"


class Sequenced(Protocol):
    """Anything that names the record that changed it last."""

    @property
    def seq(self) -> int:
        """The record."""
        ...


R = TypeVar("R", bound=Sequenced)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows, newest first. ``next`` goes into ``before`` to get those that follow; null at the end."""

    seq: int
    items: Sequence[Any]
    next: int | None


def page_of(rows: Sequence[R], seq: int, limit: int, before: int | None) -> Page:
    """At most ``limit`` rows that changed before record ``before``, newest first."""
    newest_first = sorted(rows, key=lambda row: -row.seq)
    left = [row for row in newest_first if before is None or row.seq < before]
    items = left[:limit]
    return Page(seq=seq, items=items, next=items[-1].seq if len(left) > limit else None)


def answer(request: Request, follower: Follower, body: object) -> Response:
    """The session's state encoded, or 304 where the asker has this state already.

    The ETag is the last record's link of the hash chain, which no other history has; weak, since another
    version may encode an equal state in another way.
    """
    etag = f'W/"{follower.tag}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    asked = request.headers.get("if-none-match", "")
    if etag in (part.strip() for part in asked.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(body if isinstance(body, bytes) else _encode(body), media_type=JSON, headers=headers)


def fresh_answer(body: object, status: int = 200) -> Response:
    """What was read from the journal's file just now: never kept, since the file may change unseen."""
    return Response(_encode(body), status, media_type=JSON, headers={"Cache-Control": "no-store"})
