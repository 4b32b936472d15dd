"""Requests to Alpaca's trading API through alpaca-py, with a time limit and never sent twice.

alpaca-py by itself waits without end and sends what was answered with 429 or 504 again, orders too. Here each
request is sent once within its time; one that was refused for its rate is sent again after the time that
Alpaca says, because that one was not carried out. Its models hold prices as floats, so bodies are written and
answers read here, as exact decimals.

Source: https://docs.alpaca.markets/reference (trading API v2).
"""

import json
import warnings
from collections.abc import Mapping
from typing import Any

from tradewind.core.errors import BrokerError, BrokerRefusedError
from tradewind.execution.brokers.credentials import Credentials
from tradewind.execution.brokers.figures import nonsense
from tradewind.execution.brokers.pacing import Pace
from tradewind.execution.brokers.refused import RefusedAnswerError

TOO_MANY = 429
Params = Mapping[str, object]


class AlpacaWire:
    """One connection of requests; used by one thread at a time.

    Parameters
    ----------
    url
        Of the API without ``/v2``.
    timeout_s
        Seconds to connect, and between two pieces of an answer; also the patience with a rate limit.
    """

    def __init__(self, credentials: Credentials, url: str, timeout_s: float) -> None:
        self._credentials = credentials
        self._client = _client(credentials, url, timeout_s)
        self._pace = Pace(timeout_s)

    def ask(self, method: str, path: str, params: Params | None = None) -> Any:
        """The answer of a request, decoded; None for one without a body.

        Raises
        ------
        RefusedAnswerError
            It was not carried out; Alpaca says why.
        BrokerRefusedError
            The keys are wrong or may not do this.
        BrokerError
            Nobody knows whether it was carried out: no answer, an error of the server, no JSON.
        """
        while True:
            self._pace.wait()
            try:
                return self._client._request(method, path, dict(params or {}))
            except _api_error() as error:
                self._judge(error)
            except ValueError as error:
                message = f"no JSON came for {method} {path}"
                raise nonsense(message) from error
            except OSError as error:
                words = self._credentials.redact(f"{type(error).__name__}: {error}")
                message = f"Alpaca did not answer {method} {path}: {words}."
                raise BrokerError(message, "Whether it was carried out has to be asked.") from error

    def close(self) -> None:
        """Let go of the connection."""
        self._client._session.close()

    def _judge(self, error: Any) -> None:
        """Return where the request may be sent again; raise what it means otherwise."""
        status = error.status_code or 0
        words, code = _words(str(error))
        words = self._credentials.redact(words)
        if status == TOO_MANY:
            self._pace.told(dict(error.response.headers))
            return
        if status == 401 or (status == 403 and not code):
            message = f"Alpaca does not let the {self._credentials.kind} account in: {words}."
            raise BrokerRefusedError(message, "Check the key, its secret and which account they open.")
        if 400 <= status < 500:
            raise RefusedAnswerError(status, code, words)
        message = f"Alpaca answered {status}: {words}."
        raise BrokerError(message, "Whether the request was carried out has to be asked.")


def _words(body: str) -> tuple[str, int]:
    """The message and the code of a refusal; the body itself where it is in another form."""
    try:
        told = json.loads(body)
    except ValueError:
        return body[:300], 0
    if not isinstance(told, dict):
        return body[:300], 0
    code = told.get("code")
    return str(told.get("message", body))[:300], code if isinstance(code, int) else 0


def _api_error() -> type[Exception]:
    from alpaca.common.exceptions import APIError

    return APIError


def _client(credentials: Credentials, url: str, timeout_s: float) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # websockets.legacy, by alpaca-py's own import
        from alpaca.trading.client import TradingClient

    class OnceWithin(TradingClient):
        """Sends once, within the time."""

        def _one_request(self, method: str, url: str, opts: dict[str, Any], retry: int) -> Any:
            return super()._one_request(method, url, {**opts, "timeout": timeout_s}, 0)

    return OnceWithin(credentials.key, credentials.secret, raw_data=True, url_override=url)
