"""A thin typed HTTP client behind the policy, for providers that have no client library worth its weight."""

import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cache, partial
from types import MappingProxyType, TracebackType
from typing import TypeVar

import httpx

from tradewind.core.errors import MalformedPayloadError, NetworkError
from tradewind.data.policy.addresses import check_address, is_loopback
from tradewind.data.policy.answers import Answer
from tradewind.data.policy.provider_policy import ProviderPolicy
from tradewind.data.policy.redaction import Secret, redact, redact_library_logs

T = TypeVar("T")
_NOTHING: Mapping[str, Secret] = MappingProxyType({})
_PLAIN: Mapping[str, str] = MappingProxyType({})
MOST_BYTES = 64 << 20
"""No answer is read further than this, unpacked: a small one can unpack to more than there is memory."""


class PolicedClient:
    """Requests to one base address. Redirects are not followed: they could lead off https."""

    def __init__(
        self,
        policy: ProviderPolicy,
        base_url: str,
        *,
        secret_headers: Mapping[str, Secret] = _NOTHING,
        secret_params: Mapping[str, Secret] = _NOTHING,
        headers: Mapping[str, str] = _PLAIN,
    ) -> None:
        redact_library_logs("httpx", "httpcore")
        self.policy = policy
        self.base_url = check_address(base_url)
        self._secret_params = secret_params
        self._secrets = (*secret_headers.values(), *secret_params.values())
        policy.keep_secret(*self._secrets)
        self._http = httpx.Client(
            timeout=policy.settings.timeout_s,
            follow_redirects=False,
            trust_env=not is_loopback(base_url),
            verify=_trust(not is_loopback(base_url)),
            headers={**headers, **{name: secret.reveal() for name, secret in secret_headers.items()}},
        )

    def get(
        self,
        path: str,
        params: Mapping[str, str | int],
        decode: Callable[[bytes], T],
        *,
        cost: int = 1,
        ttl_s: float | None = None,
        bearer: Secret | None = None,
    ) -> T:
        """What ``decode`` makes of the answer; see :meth:`ProviderPolicy.fetch` for its errors.

        ``bearer`` is a token that was given for a while, sent as the ``Authorization`` of this call.
        """
        url = f"{self.base_url}/{path.lstrip('/')}"
        what = str(httpx.URL(url, params=dict(params)))
        sent = {**params, **{name: secret.reveal() for name, secret in self._secret_params.items()}}
        headers = {"Authorization": f"Bearer {bearer.reveal()}"} if bearer else {}
        build = partial(self._http.build_request, "GET", url, params=sent, headers=headers)
        return self.policy.fetch(what, partial(self._send, build, what), decode, cost=cost, ttl_s=ttl_s)

    def post_form(
        self, path: str, form: Mapping[str, str], decode: Callable[[bytes], T], login: tuple[Secret, Secret]
    ) -> T:
        """What ``decode`` makes of the answer to a form, never from the cache; ``login`` is HTTP's basic
        one.
        """
        url = f"{self.base_url}/{path.lstrip('/')}"
        name, password = (secret.reveal().encode() for secret in login)
        token = Secret(b64encode(name + b":" + password).decode())
        self.policy.keep_secret(*login, token)
        headers = {"Authorization": f"Basic {token.reveal()}"}
        build = partial(self._http.build_request, "POST", url, data=dict(form), headers=headers)
        return self.policy.fetch(url, partial(self._send, build, url), decode, ttl_s=0.0)

    def _send(self, build: Callable[[], httpx.Request], what: str) -> Answer:
        try:
            answer = self._http.send(build(), stream=True)
            try:
                body = _bounded(answer, what)
            finally:
                answer.close()
        except httpx.HTTPError as error:
            message = f"{what} could not be reached: {redact(str(error), self._secrets)}"
            raise NetworkError(message, "Check the connection, then try again.") from None
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, body, headers)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> "PolicedClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@cache
def _trust(trust_env: bool) -> ssl.SSLContext:
    """Whose certificates are believed, read once a process: reading them takes longer than most calls."""
    return httpx.create_ssl_context(trust_env=trust_env)


def _bounded(answer: httpx.Response, what: str) -> bytes:
    body = bytearray()
    for part in answer.iter_bytes():
        body += part
        if len(body) > MOST_BYTES:
            message = f"{redact(what)} was answered with more than {MOST_BYTES >> 20} MiB."
            raise MalformedPayloadError(message, "Nothing of it was read. Ask for less at once.")
    return bytes(body)
