"""Requests to Binance carried by ccxt, one answer each; the policy around it decides about another try."""

import threading
from collections.abc import Mapping
from typing import Any

import msgspec

from tradewind.core.errors import NetworkError, UnknownSymbolError
from tradewind.data.policy.addresses import check_address
from tradewind.data.policy.answers import Answer

BINANCE = "https://api.binance.com"
_INVALID_SYMBOL = -1121


class _Complaint(msgspec.Struct, frozen=True):
    code: int
    msg: str = ""


_complaint = msgspec.json.Decoder(_Complaint)


class BinanceTransport:
    """A ccxt exchange whose own throttle is off. Its last answer is shared state: calls go one at a time."""

    def __init__(self, timeout_s: float, base_url: str = BINANCE) -> None:
        self.base_url = check_address(base_url)
        self._timeout_s = timeout_s
        self._exchange: Any = None
        self._seen: Answer | None = None
        self._lock = threading.Lock()

    def get(self, method: str, params: Mapping[str, str | int]) -> Answer:
        """The answer to an implicit ccxt method such as ``publicGetKlines``, whatever its status.

        Raises
        ------
        NetworkError
            There was none.
        UnknownSymbolError
            Binance says that it has no such symbol.
        """
        import ccxt

        with self._lock:
            if self._exchange is None:
                self._exchange = self._make_exchange()
            self._seen = None
            try:
                getattr(self._exchange, method)(dict(params))
            except ccxt.BaseError as error:
                if self._seen is None:
                    message = f"Binance could not be reached: {error}"
                    raise NetworkError(message, "Check the connection, then try again.") from error
            answer: Answer | None = self._seen
        if answer is None:
            message = f"ccxt gave no answer to {method}."
            raise NetworkError(message, "Install the pinned version: pip install 'tradewind[brokers]'.")
        _refuse_unknown_symbol(answer, params)
        return answer

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            if self._exchange is not None:
                self._exchange.close()
                self._exchange = None

    def _make_exchange(self) -> Any:
        import ccxt

        made = ccxt.binance({"enableRateLimit": False, "timeout": int(self._timeout_s * 1000)})
        made.urls["api"]["public"] = f"{self.base_url}/api/v3"
        made.session.max_redirects = 0  # they could lead off https
        made.on_rest_response = self._notice
        return made

    def _notice(
        self, code: int, reason: str, url: str, method: str, headers: Any, body: str, *rest: object
    ) -> str:
        """The hook of ccxt for every answer: the only place where its status can be seen."""
        kept = {str(name).lower(): str(value) for name, value in headers.items()}
        self._seen = Answer(int(code), body.encode(), kept)
        return body.strip()


def _refuse_unknown_symbol(answer: Answer, params: Mapping[str, str | int]) -> None:
    if answer.status != 400:
        return
    try:
        complaint = _complaint.decode(answer.body)
    except msgspec.DecodeError:
        return  # the status alone then says what to make of it
    if complaint.code == _INVALID_SYMBOL:
        message = f"Binance has no {params.get('symbol')!r}: {complaint.msg}"
        raise UnknownSymbolError(message, "Check the pair's spelling at Binance.")
