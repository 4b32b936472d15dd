"""Alpha Vantage says no with status 200 and a sentence; which of our errors the sentence stands for.

Source: sentences as they are published in its clients' issue threads and its support page. The key is often
repeated in them, so what is passed on is redacted.
"""

import re
from collections.abc import Mapping

from tradewind.core.errors import MissingKeyError, NoDataError, RateLimitedError, UnknownSymbolError
from tradewind.data.policy.redaction import Secret, redact

_PAID = re.compile(r"premium (endpoint|feature|parameter)", re.IGNORECASE)
_KEY = re.compile(r"apikey|demo\W+api key|api key (is|was) (invalid|missing)|claim your free", re.IGNORECASE)
_LIMIT = re.compile(r"rate limit|call frequency|(requests?|calls?) per|sparingly", re.IGNORECASE)
_WORDS = ("Error Message", "Note", "Information")


def refuse(said: Mapping[str, object], what: str, key: Secret) -> None:
    """Nothing where an answer holds data; else the typed error that its sentence stands for.

    Raises
    ------
    MissingKeyError
        The key is missing, wrong, or not entitled to it.
    RateLimitedError
        The calls of the minute or the day are used up.
    UnknownSymbolError
        There is no such symbol.
    NoDataError
        It says something else.
    """
    sentence = next((said[word] for word in _WORDS if word in said), None)
    if sentence is None:
        return
    text = redact(str(sentence), (key,))
    message = f"Alpha Vantage says of {what}: {text}"
    if _PAID.search(text):
        raise MissingKeyError(message, "Ask for less, or use a key of a paid plan.")
    if _LIMIT.search(text):
        raise RateLimitedError(message, "Try again later, or tell of a paid plan under providers.")
    if _KEY.search(text):
        raise MissingKeyError(message, "Check TRADEWIND_ALPHA_VANTAGE_API_KEY.")
    if "Error Message" in said:
        raise UnknownSymbolError(message, "Check the symbol's spelling at Alpha Vantage.")
    raise NoDataError(message, "Ask for something else.")
