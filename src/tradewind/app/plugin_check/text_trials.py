"""Questions to sources of texts: some days of them, held to what the store and a backtest rely on."""

from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tradewind.app.market.vendor_config import own_arguments
from tradewind.app.plugin_check.probe import Probe
from tradewind.core.clock import WallClock
from tradewind.core.errors import DataError
from tradewind.core.ports import SupportsClose
from tradewind.core.texts import TextItem, TextPage, TextRequest
from tradewind.core.timestamps import NS_PER_DAY, iso
from tradewind.data.registry import TEXTS

_DAYS = 5
_PAGES = 3
_SYMBOL = "AAPL"


def text_probes(name: str) -> list[Probe]:
    """Its first pages about a large stock in the last days; one that wants a key is asked no more.

    What comes depends on when it is asked, so the answer is what is wrong with it: nothing, each time.
    """
    return [Probe("some days of it", partial(_wrong, name), str)]


def _wrong(name: str) -> str:
    factory = TEXTS.get(name)
    now_ns = WallClock().now_ns()
    request = TextRequest(now_ns - _DAYS * NS_PER_DAY, now_ns, symbol=_SYMBOL)
    with TemporaryDirectory(prefix="tradewind-check-") as folder:
        source = factory(**own_arguments(name, factory, Path(folder)))
        try:
            pages = list(islice(source.texts(request), _PAGES))
        except DataError:
            return ""  # it says in a typed error that it cannot be asked now
        finally:
            if isinstance(source, SupportsClose):
                source.close()
    found = [_fault(name, request, page) for page in pages]
    return next(filter(None, found), "")


def _fault(name: str, request: TextRequest, page: Any) -> str:
    """What a store could not keep, or a backtest not live with."""
    if not isinstance(page, TextPage):
        return f"it gives a {type(page).__name__}, not pages of texts"
    ids: set[str] = set()
    item: Any
    for item in page.items:
        if not isinstance(item, TextItem):
            return f"a page holds a {type(item).__name__}, not texts"
        if item.source != name:
            return f"a text says that it is of {item.source!r}"
        if not request.start_ns <= item.ts_published < request.end_ns:
            return (
                f"a text published at {iso(item.ts_published)} came, outside of the span that was asked for"
            )
        if item.id in ids:
            return f"the text {item.id!r} came twice on a page"
        ids.add(item.id)
    return ""
