"""Requests through ccxt: within a time, sent once, figures as text, and errors told apart by what they mean.

ccxt changes the thread's decimal context when it writes a price, so each call has a context of its own. Its
numbers would be floats; here they stay the venue's own text (``number = str``), but for those of markets,
with which ccxt itself reckons.
"""

import re
from decimal import localcontext
from typing import Any

from tradewind.core.errors import BrokerError, BrokerRefusedError, ConfigError
from tradewind.execution.brokers.credentials import AccountKind
from tradewind.execution.brokers.pacing import Pace
from tradewind.execution.brokers.refused import RefusedAnswerError
from tradewind.execution.brokers.registry import BrokerRequest
from tradewind.execution.brokers.through_ccxt.venue import CcxtVenue

_CODE = re.compile(r'"code"\s*:\s*"?(-?[0-9]{1,9})')
UNKNOWN_CODES = (-1000, -1001, -1006, -1007)
"""Binance's words for *nobody knows whether it was carried out*."""
BAD_REQUEST, NOT_FOUND = 400, 404


class CcxtWire:
    """One ccxt client; used by one thread at a time."""

    def __init__(self, venue: CcxtVenue, request: BrokerRequest) -> None:
        import ccxt

        pair = request.credentials
        if pair.kind is AccountKind.PAPER and not (venue.has_paper or request.rest_url):
            message = f"{venue.name} has no paper accounts."
            raise ConfigError(message, "Rehearse on the simulated venue, or at a broker that has some.")
        self._ccxt, self._name, self._credentials = ccxt, venue.name, pair
        self._client = getattr(ccxt, venue.ccxt_id)(
            {
                "apiKey": pair.key,
                "secret": pair.secret,
                "timeout": int(request.timeout_s * 1_000),
                "enableRateLimit": not request.rest_url,
                "options": dict(venue.options),
                **venue.settings(request),
            }
        )
        if pair.kind is AccountKind.PAPER and not request.rest_url:
            self._client.set_sandbox_mode(True)
        self._pace, self._has_markets = Pace(request.timeout_s), False

    def ask(self, method: str, *given: Any) -> Any:
        """The answer of one of ccxt's methods.

        Raises
        ------
        RefusedAnswerError
            It was not carried out; ``words`` begin with the name of ccxt's error.
        BrokerRefusedError
            The keys are wrong or may not do this.
        BrokerError
            Nobody knows whether it was carried out.
        """
        is_corrected = False
        while True:
            self._pace.wait()
            try:
                with localcontext():
                    self._load()
                    return getattr(self._client, method)(*given)
            except (self._ccxt.RateLimitExceeded, self._ccxt.DDoSProtection):
                self._pace.told(dict(self._client.last_response_headers or {}))
            except self._ccxt.InvalidNonce as error:
                if is_corrected:
                    raise self._unknown(method, error) from error
                is_corrected = True
                self._correct_clock()
            except self._ccxt.BaseError as error:
                raise self._meaning(method, error) from error

    def close(self) -> None:
        """Let go of the connection."""
        self._client.session.close()

    def _load(self) -> None:
        if not self._has_markets:
            self._client.load_markets()
            self._client.number, self._has_markets = str, True

    def _correct_clock(self) -> None:
        """The clock of the machine is off the venue's: requests are stamped by the venue's from now on."""
        self._client.options["adjustForTimeDifference"] = True
        try:
            with localcontext():
                self._client.load_time_difference()
        except self._ccxt.BaseError as error:
            raise self._unknown("time", error) from error

    def _meaning(self, method: str, error: Exception) -> Exception:
        known = self._ccxt
        words = self._credentials.redact(f"{type(error).__name__}: {error}")[:400]
        if isinstance(error, known.AuthenticationError):
            message = f"{self._name} does not let the {self._credentials.kind} account in: {words}."
            return BrokerRefusedError(message, "Check the key, its secret and what it may do.")
        said = _CODE.search(str(error))
        code = int(said[1]) if said else 0
        is_plain = type(error) is known.ExchangeError and not code
        if not isinstance(error, known.ExchangeError) or is_plain or code in UNKNOWN_CODES:
            return self._unknown(method, error)
        status = NOT_FOUND if isinstance(error, known.OrderNotFound) else BAD_REQUEST
        return RefusedAnswerError(status, code, words)

    def _unknown(self, method: str, error: Exception) -> BrokerError:
        words = self._credentials.redact(f"{type(error).__name__}: {error}")[:400]
        message = f"{self._name} did not answer {method}: {words}."
        return BrokerError(message, "Whether it was carried out has to be asked.")
