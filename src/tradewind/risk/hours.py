"""When each instrument's market is open and which trading day it is, by the session's calendar tables."""

from collections.abc import Mapping

from tradewind.core.instruments import Instrument, class_group
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.trading_calendar import TradingCalendar, account_day, calendar_for


class MarketHours:
    """The calendars of the instruments that can be traded.

    Raises
    ------
    ConfigError
        There is no table for the calendar of an instrument; ``24/7`` needs none.
    """

    def __init__(
        self, instruments: Mapping[str, Instrument], calendars: Mapping[str, TradingCalendar]
    ) -> None:
        self.instruments = instruments
        self.groups: dict[str, list[str]] = {}
        """Instruments that can be traded, by class group."""
        self._of_instrument: dict[str, TradingCalendar] = {}
        self._of_group: dict[str, dict[str, TradingCalendar]] = {}
        for instrument_id, instrument in sorted(instruments.items()):
            if not instrument.tradable:
                continue
            calendar = calendar_for(instrument.calendar, calendars)
            group = class_group(instrument.asset_class)
            self.groups.setdefault(group, []).append(instrument_id)
            self._of_group.setdefault(group, {})[calendar.name] = calendar
            self._of_instrument[instrument_id] = calendar
        self._calendars = {calendar.name: calendar for calendar in self._of_instrument.values()}

    def group_open(self, group: str, ts_ns: int) -> bool:
        """Whether any market of the class group is open, its closing moment included: bars come then."""
        spans = (calendar.trading_span(ts_ns) for calendar in self._of_group.get(group, {}).values())
        return any(open_ns <= ts_ns <= close_ns for open_ns, close_ns in spans)

    def trading_span(self, instrument_id: str, ts_ns: int) -> tuple[int, int]:
        """``(open, close)`` of the trading in an instrument that goes on at ``ts_ns`` or was the last."""
        return self._of_instrument[instrument_id].trading_span(ts_ns)

    def next_boundary(self, ts_ns: int) -> int:
        """First moment after ``ts_ns`` at which any market opens, closes, or begins a trading day."""
        account = (account_day(ts_ns) + 1) * NS_PER_DAY + 1
        return min([account, *(c.next_boundary(ts_ns) for c in self._calendars.values())])

    def day_passed(self, scope: str, scope_key: str, since_ns: int, now_ns: int) -> bool:
        """Whether a new trading day has begun since ``since_ns`` in all markets of a breaker's scope.

        Account and strategies, and a class or instrument that is not traded, go by the account's day.
        """
        calendars: list[TradingCalendar] = []
        if scope == "class":
            calendars = list(self._of_group.get(scope_key, {}).values())
        elif scope == "instrument" and scope_key in self._of_instrument:
            calendars = [self._of_instrument[scope_key]]
        if not calendars:
            return account_day(now_ns) > account_day(since_ns)
        return all(c.trading_day(now_ns) > c.trading_day(since_ns) for c in calendars)
