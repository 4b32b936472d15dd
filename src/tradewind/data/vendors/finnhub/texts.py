"""The source: news of a US stock a week at a time, and counts of mentions where the key's plan has them."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from tradewind.core.clock import Clock
from tradewind.core.texts import TextKind, TextPage, TextRequest
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.policy.provider_policy import PolicySettings
from tradewind.data.policy.redaction import Secret, require_key
from tradewind.data.registry import TEXTS
from tradewind.data.texts.asking import Manners, TextClient, day_of, require_kind, wanted_symbol
from tradewind.data.texts.paging import Answered
from tradewind.data.us_listings import us_symbol
from tradewind.data.vendors.finnhub.history import FINNHUB, FREE
from tradewind.data.vendors.finnhub.text_wire import decode_news, decode_tally

KEY = "TRADEWIND_FINNHUB_API_KEY"
WINDOW_NS = 7 * NS_PER_DAY
"""One call is for a week: a longer answer is cut without a word."""

_ASKED = {
    TextKind.NEWS: ("company-news", decode_news),
    TextKind.TALLY: ("stock/social-sentiment", decode_tally),
}


@TEXTS.register("finnhub")
class FinnhubTexts:
    """News of US stocks, a year back with a free key, and hourly counts of mentions with a paid one; a key.

    Times of publication are the publishers' claims, so an article counts from when it was fetched.
    """

    name = "finnhub"
    kinds = (TextKind.NEWS, TextKind.TALLY)
    publication_delay_s: float | None = None

    def __init__(
        self,
        folder: Path,
        *,
        api_key: Secret | None = None,
        base_url: str = FINNHUB,
        settings: PolicySettings = FREE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self._key = api_key
        manners = Manners(folder, settings, clock, sleep, random)
        headers = {"X-Finnhub-Token": api_key or Secret("")}
        self._client = TextClient(self.name, base_url, manners, secret_headers=headers)
        self.policy = self._client.policy

    def texts(self, request: TextRequest) -> Iterator[TextPage]:
        """News of a symbol (or counts of its mentions), week by week."""
        kind = require_kind(self.name, self.kinds, request.kind)
        symbol = us_symbol(wanted_symbol(self.name, request), "Finnhub")
        require_key(self.name, KEY, self._key)
        path, decode = _ASKED[kind]
        end_ns = min(request.end_ns, self._client.now_ns())

        def ask(at: str) -> Answered:
            from_ns = int(at or request.start_ns)
            to_ns = min(from_ns + WINDOW_NS, end_ns)
            params = {"symbol": symbol, "from": day_of(from_ns), "to": day_of(max(to_ns - 1, from_ns))}
            drafts = self._client.get(f"api/v1/{path}", params, lambda body: decode(body, symbol))
            return Answered(drafts, str(to_ns) if to_ns < end_ns else "")

        return self._client.pages(request, ask, kind, windows=True)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
