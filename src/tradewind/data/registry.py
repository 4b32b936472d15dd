"""Which sources of market data there are: each vendor is one folder (or file) under ``data/vendors``."""

from collections.abc import Callable
from typing import Any

from tradewind.core.ports import HistoryProvider, StreamProvider
from tradewind.core.registry import Registry
from tradewind.core.releases import CalendarSource
from tradewind.core.series import SeriesProvider
from tradewind.core.texts import TextSource

PROVIDERS: Registry[Callable[..., HistoryProvider]] = Registry("provider", "tradewind.data.vendors")
"""Sources of history by name; what they take (keys, addresses, limits) is each one's own keywords."""

STREAMS: Registry[Callable[..., StreamProvider]] = Registry("stream", "tradewind.data.vendors")
"""Live streams by name. Of these keywords each gets those that it takes: ``fetch_bars`` (``bars`` of a
history), ``since`` (the last known bar's end by instrument), ``quotes``, ``trades``, ``url``, ``folder``,
``calendars`` (by instrument), ``clock``, ``api_key``, ``api_secret``. One with a ``venue``
brings that venue's instruments alone.
"""

SERIES: Registry[Callable[..., SeriesProvider]] = Registry("series source", "tradewind.data.vendors")
"""Sources of numbers over time that are no bars, each with the moment at which it could be known."""

TEXTS: Registry[Callable[..., TextSource]] = Registry("text source", "tradewind.data.vendors")
"""Sources of news and posts by name; what they take is as with ``PROVIDERS``, and so are limits and keys."""

CALENDARS: Registry[Callable[..., CalendarSource]] = Registry("calendar source", "tradewind.data.vendors")
"""Sources of calendars: reports and macro releases, what is due when, and since when that is known."""

SOURCES: tuple[Registry[Callable[..., Any]], ...] = (PROVIDERS, STREAMS, SERIES, TEXTS, CALENDARS)
"""All of them: a vendor of that name may have entered any."""
