"""The source: posts of chosen forums that have certain words, or all new ones, newest first, a hundred a
call.
"""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from tradewind.core.clock import Clock
from tradewind.core.errors import ConfigError
from tradewind.core.texts import TextKind, TextPage, TextRequest
from tradewind.core.version import VERSION
from tradewind.data.policy.call_budget import PER_MINUTE, CallLimit
from tradewind.data.policy.provider_policy import PolicySettings
from tradewind.data.policy.redaction import Secret, require_key
from tradewind.data.registry import TEXTS
from tradewind.data.texts.asking import Manners, TextClient, require_kind, wanted_words
from tradewind.data.texts.paging import Answered
from tradewind.data.vendors.reddit.login import Login
from tradewind.data.vendors.reddit.wire import decode_listing

REDDIT = "https://oauth.reddit.com"
LOGIN = "https://www.reddit.com"
FREE = PolicySettings("reddit", (CallLimit(100, PER_MINUTE),), cache_ttl_s=300.0)
"""100 calls a minute by application (Reddit, "Data API Wiki")."""

KEY, SECRET = "TRADEWIND_REDDIT_API_KEY", "TRADEWIND_REDDIT_API_SECRET"
FORUMS = "stocks+investing+wallstreetbets"
AGENT = f"python:tradewind:{VERSION}"
_FEED = re.compile(r"[A-Za-z0-9_]{2,21}(\+[A-Za-z0-9_]{2,21})*")
_PAGE = 100


@TEXTS.register("reddit")
class RedditTexts:
    """Posts of chosen forums by words, or the newest; key and secret of an application of one's own.

    ``feed`` names the forums, joined by ``+``. Posts are stamped by Reddit itself, so one that was not seen
    at once counts from a minute after it was posted, or after its last edit.
    """

    name = "reddit"
    kinds = (TextKind.POST,)
    publication_delay_s: float | None = 60.0

    def __init__(
        self,
        folder: Path,
        *,
        api_key: Secret | None = None,
        api_secret: Secret | None = None,
        feed: str = FORUMS,
        base_url: str = REDDIT,
        settings: PolicySettings = FREE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        if not _FEED.fullmatch(feed):
            message = f"{feed!r} names no forums of Reddit."
            step = "Join their names by +, as stocks+investing."
            raise ConfigError(message, step, location=("providers", "reddit", "feed"))
        self.feed = feed
        self._keys = (api_key, api_secret)
        manners = Manners(folder, settings, clock, sleep, random)
        agent = {"User-Agent": AGENT}
        self._client = TextClient(self.name, base_url, manners, headers=agent)
        login = LOGIN if base_url == REDDIT else base_url
        self._entrance = TextClient(self.name, login, manners, headers=agent)
        self.policy = self._client.policy
        application = (api_key or Secret(""), api_secret or Secret(""))
        self.policy.keep_secret(*application)
        self._login = Login(self._entrance, application, self.policy.keep_secret)

    def texts(self, request: TextRequest) -> Iterator[TextPage]:
        """Posts with the words of a query or with a symbol, newest first; all new ones where none is
        given.
        """
        kind = require_kind(self.name, self.kinds, request.kind)
        for variable, key in zip((KEY, SECRET), self._keys, strict=True):
            require_key(self.name, variable, key)
        asked: dict[str, str | int] = {"raw_json": 1, "limit": _PAGE}
        path = f"r/{self.feed}/new"
        if request.query or request.symbol:
            asked |= {"q": wanted_words(self.name, request), "sort": "new", "restrict_sr": "true", "t": "all"}
            path = f"r/{self.feed}/search"

        def ask(at: str) -> Answered:
            params = {**asked, "after": at} if at else asked
            return self._login.with_token(
                lambda token: self._client.get(
                    path, params, lambda body: decode_listing(body, request.start_ns), bearer=token
                )
            )

        return self._client.pages(request, ask, kind)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._entrance.close()
