"""The source: news of a stock and counts of posts about it, newest first, a hundred a page."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from tradewind.core.clock import Clock
from tradewind.core.texts import TextKind, TextPage, TextRequest
from tradewind.data.policy.call_budget import PER_DAY, CallLimit
from tradewind.data.policy.provider_policy import PolicySettings
from tradewind.data.policy.redaction import Secret, require_key
from tradewind.data.registry import TEXTS
from tradewind.data.texts.asking import Drafts, Manners, TextClient, day_of, require_kind, wanted_symbol
from tradewind.data.texts.drafts import Draft
from tradewind.data.texts.paging import Answered
from tradewind.data.us_listings import us_symbol
from tradewind.data.vendors.fmp.wire import decode_news, decode_tally

FMP = "https://financialmodelingprep.com"
FREE = PolicySettings("fmp", (CallLimit(250, PER_DAY),), cache_ttl_s=900.0)
"""250 calls a day (Financial Modeling Prep, "Pricing", plan Basic)."""

KEY = "TRADEWIND_FMP_API_KEY"
PAGE = 100
_TALLY_PAGE = 100


@TEXTS.register("fmp")
class FmpTexts:
    """News of stocks, and hourly counts of posts about them where the key's plan has them; a key.

    Its times have no zone and are the publishers' claims, so an article counts from when it was fetched.
    """

    name = "fmp"
    kinds = (TextKind.NEWS, TextKind.TALLY)
    publication_delay_s: float | None = None

    def __init__(
        self,
        folder: Path,
        *,
        api_key: Secret | None = None,
        base_url: str = FMP,
        settings: PolicySettings = FREE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self._key = api_key
        manners = Manners(folder, settings, clock, sleep, random)
        params = {"apikey": api_key or Secret("")}
        self._client = TextClient(self.name, base_url, manners, secret_params=params)
        self.policy = self._client.policy

    def texts(self, request: TextRequest) -> Iterator[TextPage]:
        """News of a symbol (or counts of posts about it), newest first."""
        kind = require_kind(self.name, self.kinds, request.kind)
        symbol = us_symbol(wanted_symbol(self.name, request), "Financial Modeling Prep")
        key = require_key(self.name, KEY, self._key)

        def ask(at: str) -> Answered:
            page = int(at or 0)
            if kind is TextKind.NEWS:
                params: dict[str, str | int] = {
                    "symbols": symbol,
                    "from": day_of(request.start_ns),
                    "to": day_of(request.end_ns - 1),
                    "page": page,
                    "limit": PAGE,
                }
                news = self._client.get("stable/news/stock", params, lambda b: decode_news(b, symbol, key))
                return _answered(*news, PAGE, page, request.start_ns)
            params = {"symbol": symbol, "page": page}
            path = "api/v4/historical/social-sentiment"
            counts = self._client.get(path, params, lambda b: decode_tally(b, symbol, key))
            return _answered(*counts, _TALLY_PAGE, page, request.start_ns)

        return self._client.pages(request, ask, kind)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _answered(drafts: Drafts, rows: int, size: int, page: int, start_ns: int) -> Answered:
    """A full page has one after it, unless it reaches back before the span."""
    oldest = min((one.ts_published for one in drafts if isinstance(one, Draft)), default=start_ns)
    return Answered(drafts, str(page + 1) if rows >= size and oldest >= start_ns else "")
