"""Page after page of a source that may repeat itself, shuffle its pages, or point on for ever."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tradewind.core.clock import Clock
from tradewind.core.errors import MalformedPayloadError, UnusableTextError
from tradewind.core.texts import RefusedText, TextItem, TextKind, TextPage, TextRequest
from tradewind.data.texts.drafts import Draft, clean_id, finished
from tradewind.data.texts.pseudonyms import Pseudonyms

MOST_PAGES = 100
"""One question is answered by no more calls than this; the rest is said to be there."""
BARREN_PAGES = 2
"""So many pages in a row may bring nothing new before the source is said to go round in circles."""


@dataclass(frozen=True)
class Answered:
    """One call's answer. ``next`` is where to go on, empty at the end.

    ``drafts`` may hold, in place of a text, why it cannot be read; ``deleted`` are ids that the source says
    are gone; ``more`` says why there is more than can be had.
    """

    drafts: tuple[Draft | RefusedText, ...] = ()
    next: str = ""
    deleted: tuple[str, ...] = ()
    more: str = ""


@dataclass(frozen=True)
class Desk:
    """What is needed to finish texts of a source."""

    source: str
    clock: Clock
    pseudonyms: Pseudonyms


def paged(
    desk: Desk,
    request: TextRequest,
    ask: Callable[[str], Answered],
    kind: TextKind,
    *,
    windows: bool = False,
    most_pages: int = MOST_PAGES,
) -> Iterator[TextPage]:
    """The texts of all pages, each once, those of the span alone.

    ``windows`` says that pages are spans of time that the source cuts by itself, of which any may be empty.

    Raises
    ------
    MalformedPayloadError
        Pages go on and bring nothing new; what came before was given already.
    """
    seen: set[str] = set()
    at, barren = "", 0
    for number in range(1, most_pages + 1):
        answer = ask(at)
        fresh = [one for one in answer.drafts if clean_id(one.id) not in seen or isinstance(one, RefusedText)]
        new = {clean_id(one.id) for one in fresh if isinstance(one, Draft)} | set(answer.deleted) - seen
        seen |= new
        barren = 0 if new else barren + 1
        if answer.next and barren > BARREN_PAGES and not windows:
            message = (
                f"{desk.source} gives page after page with nothing new: after {number} it is asked no more."
            )
            raise MalformedPayloadError(
                message, "What came before is kept. Try again later, or ask for less."
            )
        more = answer.more
        if answer.next and not more and number == most_pages:
            more = f"{desk.source} has more than {most_pages} pages: ask for less time at once."
        yield _finished(desk, request, kind, fresh, answer, more)
        if not answer.next or more:
            return
        at = answer.next


def _finished(
    desk: Desk,
    request: TextRequest,
    kind: TextKind,
    fresh: list[Draft | RefusedText],
    answer: Answered,
    more: str,
) -> TextPage:
    items: list[TextItem] = []
    refused: list[RefusedText] = []
    now_ns = desk.clock.now_ns()
    once: set[str] = set()
    for one in fresh:
        if isinstance(one, RefusedText):
            refused.append(one)
            continue
        try:
            item = finished(one, desk.source, kind, now_ns, desk.pseudonyms)
        except UnusableTextError as error:
            refused.append(RefusedText(clean_id(one.id), error.message))
            continue
        if item.id not in once and request.start_ns <= item.ts_published < request.end_ns:
            items.append(item)
            once.add(item.id)
    return TextPage(tuple(items), tuple(refused), tuple(map(clean_id, answer.deleted)), more)
