"""Requests to Yahoo carried by yfinance: a browser's TLS fingerprint, cookie and crumb, consent page.

yfinance takes a session of the caller's; ours sends everything through one gate that refuses unencrypted
addresses, holds the timeout, points yahoo.com at another base where tests serve recorded answers, and
hands back error answers at once. (yfinance itself answers a refusal with more requests.)
"""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tradewind.core.errors import NetworkError, RateLimitedError
from tradewind.data.policy.addresses import check_address, is_loopback
from tradewind.data.policy.answers import Answer

YAHOO = "https://query2.finance.yahoo.com"
_REFUSED_KEY = (401, 403)  # a crumb that is too old: yfinance knows how to get another


class _RefusedError(Exception):
    """An error answer to a chart request, on its way out through yfinance."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class YahooTransport:
    """One visitor to Yahoo: one session, one cookie. Requests go one at a time."""

    def __init__(self, folder: Path, timeout_s: float, base_url: str = YAHOO) -> None:
        self.base_url = check_address(base_url)
        self._folder, self._timeout_s = folder, timeout_s
        self._session: Any = None
        self._client: Any = None
        self._lock = threading.Lock()

    def get(self, path: str, params: Mapping[str, str | int]) -> Answer:
        """One answer, whatever its status; NetworkError or RateLimitedError when none came."""
        from curl_cffi.requests.exceptions import RequestException
        from yfinance.exceptions import YFException, YFRateLimitError

        with self._lock:
            if self._client is None:
                self._session = _make_session(self.base_url, self._timeout_s)
                self._client = _make_client(self._folder, self._session)
            try:
                found = self._client.get(f"{YAHOO}{path}", params=dict(params), timeout=self._timeout_s)
            except _RefusedError as refused:
                return refused.answer
            except YFRateLimitError as error:
                message = f"Yahoo refuses for now: {error}"
                raise RateLimitedError(message, "Wait, or lower the provider's limits.") from error
            except (RequestException, YFException) as error:
                message = f"Yahoo could not be reached: {error}"
                raise NetworkError(message, "Check the connection, then try again.") from error
        return _answer(found)

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            if self._client is not None:
                self._session.close()
                self._client = None


def _answer(found: Any) -> Answer:
    headers = {str(name).lower(): str(value) for name, value in found.headers.items()}
    return Answer(int(found.status_code), bytes(found.content), headers)


def _make_client(folder: Path, session: Any) -> Any:
    """A yfinance client of our own: the class hands everyone in the process the same one by default."""
    import yfinance.cache
    from yfinance.data import YfData

    folder.mkdir(parents=True, exist_ok=True)
    yfinance.cache.set_cache_location(str(folder))
    return type.__call__(YfData, session=session)


def _make_session(base_url: str, timeout_s: float) -> Any:
    from curl_cffi import CurlOpt
    from curl_cffi.requests import Session

    elsewhere = base_url != YAHOO

    class PolicedSession(Session):  # type: ignore[type-arg]
        """Every request of yfinance passes here."""

        def request(self, method: Any, url: str, *args: Any, **kwargs: Any) -> Any:
            kwargs["timeout"] = timeout_s
            if elsewhere:
                url = f"{base_url}{urlsplit(url).path}"
            found = super().request(method, check_address(url), *args, **kwargs)
            is_chart = "/v8/finance/chart/" in url
            if is_chart and found.status_code >= 400 and found.status_code not in _REFUSED_KEY:
                raise _RefusedError(_answer(found))
            return found

    here = is_loopback(base_url)
    schemes = "http,https" if here else "https"  # redirects are held to it as well
    options = {CurlOpt.PROTOCOLS_STR: schemes, CurlOpt.REDIR_PROTOCOLS_STR: schemes}
    return PolicedSession(impersonate="chrome", trust_env=not here, curl_options=options)
