"""A token of an application by itself, without any user: asked for with its key and secret, kept while it
lasts.

Source: Reddit, "OAuth2", application only, ``grant_type=client_credentials``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tradewind.core.errors import MissingKeyError
from tradewind.core.timestamps import NS_PER_MINUTE, NS_PER_S
from tradewind.data.policy.redaction import Secret
from tradewind.data.texts.asking import TextClient
from tradewind.data.vendors.reddit.wire import decode_token

T = TypeVar("T")
_EARLY_NS = NS_PER_MINUTE


@dataclass
class Login:
    """Tokens of one application; safe where a token ends earlier than it was said to.

    ``keep_secret`` hears each, so that it is masked wherever an answer repeats it.
    """

    client: TextClient
    application: tuple[Secret, Secret]
    keep_secret: Callable[[Secret], None]
    _token: Secret = field(default_factory=lambda: Secret(""))
    _until_ns: int = 0

    def with_token(self, ask: Callable[[Secret], T]) -> T:
        """What ``ask`` gives with a token; with a fresh one where an old one is refused."""
        if not self._is_good():
            return ask(self._fresh())
        try:
            return ask(self._token)
        except MissingKeyError:
            return ask(self._fresh())

    def _is_good(self) -> bool:
        return bool(self._token) and self.client.now_ns() < self._until_ns

    def _fresh(self) -> Secret:
        form = {"grant_type": "client_credentials"}
        given = decode_token(self.client.post_form("api/v1/access_token", form, self.application))
        self._token = Secret(given.access_token)
        self._until_ns = self.client.now_ns() + given.expires_in * NS_PER_S - _EARLY_NS
        self.keep_secret(self._token)
        return self._token
