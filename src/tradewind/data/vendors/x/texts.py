"""The source: posts of the last seven days by words, newest first, a hundred a call."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from tradewind.core.clock import Clock
from tradewind.core.errors import NoDataError
from tradewind.core.texts import TextKind, TextPage, TextRequest
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_MINUTE, NS_PER_S, iso
from tradewind.data.policy.call_budget import PER_MINUTE, CallLimit
from tradewind.data.policy.provider_policy import PolicySettings
from tradewind.data.policy.redaction import Secret, require_key
from tradewind.data.registry import TEXTS
from tradewind.data.texts.asking import Manners, TextClient, require_kind, second_of, wanted_words
from tradewind.data.texts.paging import Answered
from tradewind.data.vendors.x.wire import decode_posts

X = "https://api.x.com"
FREE = PolicySettings("x", (CallLimit(4, PER_MINUTE),), cache_ttl_s=300.0)
"""60 calls in a quarter of an hour (X, "Rate limits", search of recent posts, plan Basic), spread over it."""

KEY = "TRADEWIND_X_API_KEY"
_FIELDS = "created_at,lang,author_id,public_metrics,entities"
_PAGE = 100
_REACH_NS = 7 * NS_PER_DAY - NS_PER_MINUTE
_NEWEST_NS = 15 * NS_PER_S
"""It refuses spans that begin more than seven days ago, or end in the last ten seconds."""


@TEXTS.register("x")
class XTexts:
    """Posts of the last seven days by words; a bearer token of a paid plan.

    Posts are stamped by X itself, so one that was not seen at once counts from a minute after it was posted.
    """

    name = "x"
    kinds = (TextKind.POST,)
    publication_delay_s: float | None = 60.0

    def __init__(
        self,
        folder: Path,
        *,
        api_key: Secret | None = None,
        base_url: str = X,
        settings: PolicySettings = FREE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self._key = api_key
        self._client = TextClient(self.name, base_url, Manners(folder, settings, clock, sleep, random))
        self.policy = self._client.policy
        self.policy.keep_secret(*filter(None, (api_key,)))

    def texts(self, request: TextRequest) -> Iterator[TextPage]:
        """Posts that match a query, or that name a symbol as its cashtag; reposts are left out.

        Raises
        ------
        NoDataError
            The span ended more than seven days ago, or has not begun.
        """
        kind = require_kind(self.name, self.kinds, request.kind)
        words = wanted_words(self.name, request, lambda base: f"${base} -is:retweet")
        key = require_key(self.name, KEY, self._key)
        now_ns = self._client.now_ns()
        start_ns = max(request.start_ns, now_ns - _REACH_NS)
        end_ns = min(request.end_ns, now_ns - _NEWEST_NS)
        if start_ns >= end_ns:
            message = f"X gives posts of the last seven days, none of {iso(request.start_ns)}."
            raise NoDataError(message, "Ask for the last seven days.")

        def ask(at: str) -> Answered:
            params: dict[str, str | int] = {
                "query": words,
                "start_time": second_of(start_ns),
                "end_time": second_of(end_ns + NS_PER_S - 1),
                "max_results": _PAGE,
                "tweet.fields": _FIELDS,
            }
            if at:
                params["next_token"] = at
            return self._client.get(
                "2/tweets/search/recent",
                params,
                lambda body: decode_posts(body, key),
                bearer=key,
            )

        return self._client.pages(request, ask, kind)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
