"""The source: articles by words, from the newest back, a hundred a call."""

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
from tradewind.data.texts.asking import Manners, TextClient, require_kind, second_of, wanted_words
from tradewind.data.texts.paging import Answered
from tradewind.data.vendors.newsapi.wire import decode_articles

NEWSAPI = "https://newsapi.org"
FREE = PolicySettings("newsapi", (CallLimit(100, PER_DAY),), cache_ttl_s=900.0)
"""100 calls a day (NewsAPI, "Pricing", plan Developer), so an answer is remembered for a quarter of an
hour.
"""

KEY = "TRADEWIND_NEWSAPI_API_KEY"
_PAGE = 100


@TEXTS.register("newsapi")
class NewsApiTexts:
    """Articles of many publishers by words, of the last month with a free key; a key, 100 calls a day.

    Its free plan gives articles a day late and times of publication are the publishers' claims, so an article
    counts from when it was fetched.
    """

    name = "newsapi"
    kinds = (TextKind.NEWS,)
    publication_delay_s: float | None = None

    def __init__(
        self,
        folder: Path,
        *,
        api_key: Secret | None = None,
        base_url: str = NEWSAPI,
        settings: PolicySettings = FREE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self._key = api_key
        manners = Manners(folder, settings, clock, sleep, random)
        headers = {"X-Api-Key": api_key or Secret("")}
        self._client = TextClient(self.name, base_url, manners, secret_headers=headers)
        self.policy = self._client.policy

    def texts(self, request: TextRequest) -> Iterator[TextPage]:
        """Articles whose title, description or content has the words, newest first.

        A page is asked for by the moment of the oldest article of the one before, since a free key is given
        the first page of any question alone.
        """
        kind = require_kind(self.name, self.kinds, request.kind)
        words = wanted_words(self.name, request)
        key = require_key(self.name, KEY, self._key)

        def ask(at: str) -> Answered:
            params: dict[str, str | int] = {
                "q": words,
                "from": second_of(request.start_ns),
                "to": at or second_of(request.end_ns - 1),
                "sortBy": "publishedAt",
                "pageSize": _PAGE,
            }
            return self._client.get("v2/everything", params, lambda body: decode_articles(body, key))

        return self._client.pages(request, ask, kind)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
