"""A thin typed HTTP client behind the policy, for providers that have no client library worth its weight."""

from collections.abc import Callable, Mapping
from types import MappingProxyType, TracebackType
from typing import TypeVar

import httpx

from tradewind.core.errors import NetworkError
from tradewind.data.policy.addresses import check_address, is_loopback
from tradewind.data.policy.answers import Answer
from tradewind.data.policy.provider_policy import ProviderPolicy
from tradewind.data.policy.redaction import Secret, redact, redact_library_logs

T = TypeVar("T")
_NOTHING: Mapping[str, Secret] = MappingProxyType({})


class PolicedClient:
    """GET requests to one base address. Redirects are not followed: they could lead off https."""

    def __init__(
        self,
        policy: ProviderPolicy,
        base_url: str,
        *,
        secret_headers: Mapping[str, Secret] = _NOTHING,
        secret_params: Mapping[str, Secret] = _NOTHING,
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
            headers={name: secret.reveal() for name, secret in secret_headers.items()},
        )

    def get(
        self,
        path: str,
        params: Mapping[str, str | int],
        decode: Callable[[bytes], T],
        *,
        cost: int = 1,
        ttl_s: float | None = None,
    ) -> T:
        """What ``decode`` makes of the answer; see :meth:`ProviderPolicy.fetch` for its errors."""
        url = f"{self.base_url}/{path.lstrip('/')}"
        what = str(httpx.URL(url, params=dict(params)))
        sent = {**params, **{name: secret.reveal() for name, secret in self._secret_params.items()}}

        def send() -> Answer:
            try:
                answer = self._http.get(url, params=sent)
            except httpx.HTTPError as error:
                message = f"{what} could not be reached: {redact(str(error), self._secrets)}"
                raise NetworkError(message, "Check the connection, then try again.") from None
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Answer(answer.status_code, answer.content, headers)

        return self.policy.fetch(what, send, decode, cost=cost, ttl_s=ttl_s)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> "PolicedClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
