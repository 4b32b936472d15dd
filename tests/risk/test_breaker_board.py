"""The board: what trips, in which order, what it blocks, and how each breaker is armed again."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_books import ALL, CALENDARS, E8, NOON, instrument, make_board, make_book, own, write

from tradewind.core.book import Book, BreakerState, Gauge, StrategyResult
from tradewind.core.decisions import BreakerRearmed, BreakerTripped
from tradewind.core.errors import ConfigError, RegistryError
from tradewind.core.instruments import AssetClass
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, parse_ns
from tradewind.core.vocabulary import BreakerAction, BreakerScope, Rearm
from tradewind.data.calendars import trading_calendars
from tradewind.engine.valuation import drawdown_pct, marked
from tradewind.risk.board import BreakerBoard
from tradewind.risk.registry import BREAKERS

QUIET = {"VIX": 15.0, "SPX": 5_100.0, "CRYPTO_RV": 0.5}


def calm(book: Book) -> Book:
    for name, level in QUIET.items():
        book.gauges[name] = Gauge(value=level, ts_event=book.now_ns - 1, previous=level)
    return book


def names(events: object) -> list[str]:
    return [
        f"{'+' if isinstance(e, BreakerTripped) else '-'}{e.breaker}:{e.scope_key}"
        for e in events  # type: ignore[attr-defined]
    ]


def step(board: BreakerBoard, book: Book) -> list[str]:
    return names(write(book, board.observe(book)))


def test_nothing_trips_on_a_calm_day() -> None:
    board, book = make_board(), calm(make_book(held={"AAPL.SIM": 10}))
    assert step(board, book) == []
    assert board.entry_block("AAPL.SIM", "s", book) == ""
    assert board.entry_block("NONE", "s", book) == "NONE is not a known instrument"


@pytest.mark.parametrize(
    ("equity", "tripped"),
    [
        (98_001, []),
        (98_000, ["+daily_loss:"]),  # exactly 2 %
        (90_001, ["+daily_loss:"]),
        (90_000, ["+drawdown:", "+daily_loss:"]),
        (-1, ["+drawdown:", "+daily_loss:"]),
    ],
)
def test_losses_of_the_account(equity: int, tripped: list[str]) -> None:
    board, book = make_board(), calm(make_book())
    book.equity_e8 = equity * E8
    assert step(board, book) == tripped


def test_drawdown_counts_from_the_high_water_mark_and_only_a_person_arms_it() -> None:
    board, book = make_board(), calm(make_book())
    book.high_water_e8 = 120_000 * E8
    book.equity_e8 = 108_000 * E8
    trips = write(book, board.observe(book))
    assert names(trips) == ["+drawdown:"]
    assert isinstance(trips[0], BreakerTripped)
    assert (trips[0].action, trips[0].rearm, trips[0].value) == ("liquidate", "person", 0.1)
    for day in range(1, 5):
        book.now_ns = NOON + day * NS_PER_DAY
        book.equity_e8 = 119_000 * E8
        assert step(board, calm(book)) == []
    assert board.entry_block("AAPL.SIM", "s", book).startswith("breaker drawdown stands")
    assert write(book, [board.rearm("drawdown", "person", book)])
    assert step(board, book) == []
    with pytest.raises(ConfigError, match="No breaker called 'drawdown'"):
        board.rearm("drawdown", "person", book)


def test_rearming_a_drawdown_without_new_marks_trips_again_and_with_them_does_not() -> None:
    board, book = make_board(), calm(make_book())
    book.equity_e8 = book.day_start_equity_e8 = 80_000 * E8
    assert step(board, book) == ["+drawdown:"]
    book.breakers.clear()
    assert step(board, book) == ["+drawdown:"]
    book.breakers.clear()
    book.high_water_e8 = book.equity_e8
    assert step(board, book) == []


def test_a_drawdown_armed_again_moves_no_other_measure() -> None:
    """After a fall of 20 % a person goes on: the largest drawdown stays, a strategy's own capital too."""
    board, book = make_board(), calm(make_book())
    book.peak_e8, book.shares = 100_000 * E8, {"a": 0.5}
    book.equity_e8 = 80_000 * E8
    book.results = {"a": StrategyResult(profit_e8=-9_000 * E8)}  # 18 % of its 50,000
    trips = write(book, board.observe(book))
    assert names(trips) == ["+drawdown:", "+daily_loss:"]
    write(book, [again := board.rearm("drawdown", "person", book)])
    board.reset(book, again)
    assert (book.high_water_e8, book.start_equity_e8) == (80_000 * E8, 100_000 * E8)
    assert drawdown_pct(book.peak_e8, book.equity_e8) == 20.0
    assert marked(book).drawdown_pct == 20.0
    assert step(board, book) == []
    assert "strategy_drawdown:a" not in book.breakers
    book.results = {"a": StrategyResult(profit_e8=-9_999 * E8)}
    assert step(board, book) == []
    book.results = {"a": StrategyResult(profit_e8=-10_000 * E8)}
    assert step(board, book) == ["+strategy_drawdown:a"]


@pytest.mark.parametrize("start", [100_000 * E8, 1])
def test_a_debt_is_the_whole_and_is_said_in_money(start: int) -> None:
    """No breaker speaks of a loss of 500 %, however small what it is measured from."""
    board, book = make_board(), calm(make_book())
    book.high_water_e8 = book.peak_e8 = book.start_equity_e8 = book.day_start_equity_e8 = start
    book.equity_e8 = -400_000 * E8
    trips = [event for event in board.observe(book) if isinstance(event, BreakerTripped)]
    assert {trip.breaker for trip in trips} == {"drawdown", "daily_loss"}
    for trip in trips:
        assert trip.value == 1.0
        assert "100.00%" in trip.reason
        assert trip.reason.endswith("All is lost and 400,000.00 USD are owed.")


def test_daily_loss_is_armed_by_the_next_utc_day() -> None:
    board, book = make_board(), calm(make_book())
    book.equity_e8 = 97_000 * E8
    assert step(board, book) == ["+daily_loss:"]
    assert step(board, book) == []
    book.now_ns = parse_ns("2024-03-12T23:59:59+00:00")
    assert step(board, book) == []
    book.now_ns = parse_ns("2024-03-13T00:00:00+00:00") + 1  # midnight itself ends the day before
    assert step(board, book) == []  # the day's mark has not moved yet, so the loss still stands
    book.day_start_equity_e8 = book.equity_e8
    assert step(board, book) == ["-daily_loss:"]


def test_rapid_loss_sees_the_window_and_nothing_before_it() -> None:
    board = make_board(breakers=["rapid_loss"])
    book = make_book()
    book.high_water_e8 = 101_000 * E8
    start = NOON - 15 * NS_PER_MINUTE
    book.equity_trail = [(start - 1, 101_000 * E8), (NOON, 99_000 * E8)]
    book.equity_e8 = 98_900 * E8
    assert step(board, book) == []
    book.equity_trail = [(start, 101_000 * E8), (NOON, 99_000 * E8)]
    book.equity_e8 = 98_980 * E8  # 2.0 % under 101,000
    trips = write(book, board.observe(book))
    assert names(trips) == ["+rapid_loss:"]
    assert trips[0].value == pytest.approx(0.02)  # type: ignore[union-attr]


@pytest.mark.parametrize(("lots", "mark", "trips"), [(100, 16_151, 0), (100, 16_150, 1), (-10, 17_850, 1)])
def test_a_position_that_loses_five_percent_of_its_cost_is_closed(lots: int, mark: int, trips: int) -> None:
    board, book = make_board(), calm(make_book(held={"AAPL.SIM": lots, "SPY.SIM": 1}))
    assert step(board, book) == []
    book.mark_ticks["AAPL.SIM"] = mark
    found = write(book, board.observe(book))
    assert names(found) == ["+position_loss:AAPL.SIM"] * trips
    if trips:
        assert (found[0].scope, found[0].action) == ("instrument", "close")  # type: ignore[union-attr]
        assert "AAPL.SIM" in board.entry_block("AAPL.SIM", "s", book)
        assert board.entry_block("SPY.SIM", "s", book) == ""
        # Still losing tomorrow: it stays. Closed: it is armed.
        book.now_ns += NS_PER_DAY
        assert step(board, calm(book)) == []
        book.positions[own("AAPL.SIM")].quantity_lots = book.positions[own("AAPL.SIM")].cost_e8 = 0
        book.fills_seen += 1
        assert step(board, book) == ["-position_loss:AAPL.SIM"]


def test_position_loss_can_halt_the_whole_account() -> None:
    board = make_board({"position_loss": {"scope": "account"}})
    book = calm(make_book(held={"AAPL.SIM": 10, "SPY.SIM": 10}))
    book.mark_ticks["AAPL.SIM"] = book.mark_ticks["SPY.SIM"] = 100
    events = write(book, board.observe(book))
    assert names(events) == ["+position_loss:AAPL.SIM", "+position_loss:", "+position_loss:SPY.SIM"]
    assert [e.action for e in events] == ["close", "halt", "close"]  # type: ignore[union-attr]
    assert board.entry_block("BTC/USD.COIN", "other", book)


def test_three_losing_trades_rest_the_strategy_until_the_next_day() -> None:
    board, book = make_board(), calm(make_book())
    book.losses_in_row = {"s": 3, "calm": 2}
    book.fills_seen += 1
    assert step(board, book) == ["+losing_trades:s"]
    assert board.entry_block("AAPL.SIM", "s", book)
    assert board.entry_block("AAPL.SIM", "calm", book) == ""
    book.now_ns += NS_PER_DAY
    rearmed = board.observe(calm(book))
    assert names(rearmed) == ["-losing_trades:s"]
    book.losses_in_row["s"] = 0  # what whoever arms it does
    write(book, rearmed)
    assert step(board, book) == []


def test_gauges_halt_their_own_class() -> None:
    board, book = make_board(), calm(make_book())
    book.gauges["VIX"].value = 30.0
    assert step(board, book) == []
    book.gauges["VIX"].value = 30.1
    assert step(board, book) == ["+vix:equity"]
    assert board.entry_block("SPY.SIM", "s", book)  # funds are stocks here
    assert board.entry_block("BTC/USD.COIN", "s", book) == board.entry_block("EUR/USD.SIM", "s", book) == ""
    book.now_ns += NS_PER_DAY
    calm(book).gauges["VIX"].value = 31.0
    assert step(board, book) == []
    book.gauges["VIX"].value = 29.0
    assert step(board, book) == ["-vix:equity"]
    book.gauges["SPX"].value = 0.98 * 5_100.0
    assert step(board, book) == ["+index_drop:equity"]
    book.gauges["CRYPTO_RV"].value = 1.01
    assert step(board, book) == ["+crypto_volatility:crypto"]
    assert "crypto" in board.entry_block("BTC/USD.COIN", "s", book)


def test_a_missing_gauge_is_said_while_its_market_is_open_and_only_then() -> None:
    board, book = make_board(), make_book()
    book.now_ns = parse_ns("2024-03-12T13:29:59+00:00")  # 09:29:59 in New York, daylight saving
    assert step(board, book) == ["+crypto_volatility_missing:crypto"]
    assert board.entry_block("AAPL.SIM", "s", book) == ""
    book.now_ns = parse_ns("2024-03-12T13:30:00+00:00")
    assert step(board, book) == ["+vix_missing:equity", "+index_drop_missing:equity"]
    assert "vix_missing" in board.entry_block("AAPL.SIM", "s", book)
    book.now_ns = parse_ns("2024-03-12T20:00:00+00:00")
    assert step(board, book) == []
    book.now_ns += 1
    assert step(board, book) == ["-vix_missing:equity", "-index_drop_missing:equity"]
    saturday = parse_ns("2024-03-16T16:00:00+00:00")
    assert step(make_board(breakers=["vix"]), make_book(now_ns=saturday)) == []


def test_a_reading_arms_a_missing_gauge_and_an_old_one_is_missing() -> None:
    board = make_board({"vix": {"max_age_ns": NS_PER_HOUR}}, breakers=["vix"])
    book = make_book()
    assert step(board, book) == ["+vix_missing:equity"]
    book.gauges["VIX"] = Gauge(value=12.0, ts_event=book.now_ns)
    assert step(board, book) == ["-vix_missing:equity"]
    book.now_ns = NOON + NS_PER_HOUR
    assert step(board, book) == []
    book.now_ns += 1
    assert step(board, book) == ["+vix_missing:equity"]
    book.gauges["VIX"] = Gauge(value=float("nan"), ts_event=book.now_ns)
    assert step(board, book) == []


def test_note_says_it_and_blocks_nothing() -> None:
    board = make_board({"vix": {"when_missing": "note"}}, breakers=["vix"])
    book = make_book()
    events = write(book, board.observe(book))
    assert isinstance(events[0], BreakerTripped)
    assert events[0].action == "note"
    assert "no reading of VIX" in events[0].reason
    assert board.entry_block("AAPL.SIM", "s", book) == ""


def test_stale_prices_halt_the_symbol_and_clear_by_themselves() -> None:
    board = make_board({"data_stale": {"max_age_ns": 3 * NS_PER_MINUTE}}, breakers=["data_stale"])
    book = make_book()
    book.now_ns = NOON
    for instrument_id in book.mark_ts:
        book.mark_ts[instrument_id] = NOON
    assert step(board, book) == []
    book.now_ns = NOON + 3 * NS_PER_MINUTE
    assert step(board, book) == []
    for instrument_id in book.mark_ts:
        if instrument_id != "SPY.SIM":
            book.mark_ts[instrument_id] = book.now_ns
    book.now_ns += 1
    assert step(board, book) == ["+data_stale:SPY.SIM"]
    assert board.entry_block("SPY.SIM", "s", book)
    assert board.entry_block("AAPL.SIM", "s", book) == ""
    book.mark_ts["SPY.SIM"] = book.now_ns
    assert step(board, book) == ["-data_stale:SPY.SIM"]


def test_yesterdays_price_has_a_grace_after_the_open() -> None:
    board = make_board({"data_stale": {"max_age_ns": NS_PER_MINUTE}}, breakers=["data_stale"])
    book = make_book()
    book.mark_ts = {"AAPL.SIM": parse_ns("2024-03-11T20:00:00+00:00")}
    opened = parse_ns("2024-03-12T13:30:00+00:00")
    for at, tripped in [(opened - 1, []), (opened + 5 * NS_PER_MINUTE, [])]:
        book.now_ns = at
        assert step(board, book) == tripped
    book.now_ns = opened + 5 * NS_PER_MINUTE + 1
    assert step(board, book) == ["+data_stale:AAPL.SIM"]


def test_health_gauges() -> None:
    board = make_board({"health": {"required": ["clock_skew_ms"]}}, breakers=["health"])
    book = make_book()
    assert step(board, book) == ["+health_clock_skew_ms:"]
    book.gauges["clock_skew_ms"] = Gauge(value=500.0, ts_event=NOON)
    assert step(board, book) == ["-health_clock_skew_ms:"]
    book.gauges["broker_rejects"] = Gauge(value=6.0, ts_event=NOON)
    assert step(board, book) == ["+health_broker_rejects:"]


def test_the_kill_switch_of_the_engine_blocks_everything_and_comes_first() -> None:
    board, book = make_board(), calm(make_book())
    book.equity_e8 = 80_000 * E8
    step(board, book)
    book.breakers["kill_switch"] = BreakerState(
        breaker="kill_switch",
        scope=BreakerScope.ACCOUNT,
        scope_key="",
        action=BreakerAction.HALT,
        tripped_ts=NOON,
        rearm=Rearm.PERSON,
    )
    assert board.entry_block("BTC/USD.COIN", "s", book).startswith("breaker kill_switch stands")
    book.now_ns += 3 * NS_PER_DAY
    assert "-kill_switch:" not in step(board, calm(book))


@pytest.mark.parametrize(
    ("scope", "key", "tripped", "still", "armed"),
    [
        # A stock's next trading day after Friday begins with Monday's open, after Thursday the 28th with
        # the open after Good Friday and Easter.
        ("class", "equity", "2024-03-15T19:00", "2024-03-18T13:29", "2024-03-18T13:30"),
        ("class", "equity", "2024-03-28T19:00", "2024-04-01T13:29", "2024-04-01T13:30"),
        # FX: 17:00 in New York, one hour earlier in UTC once daylight saving has begun. A day that follows
        # another at once begins just after that moment, which still belongs to the day that ends.
        ("class", "fx", "2024-03-07T12:00", "2024-03-07T22:00", "2024-03-07T22:01"),
        ("instrument", "EUR/USD.SIM", "2024-03-12T12:00", "2024-03-12T21:00", "2024-03-12T21:01"),
        ("class", "fx", "2024-03-08T23:00", "2024-03-10T20:59", "2024-03-10T21:00"),
        ("instrument", "BTC/USD.COIN", "2024-03-16T12:00", "2024-03-17T00:00", "2024-03-17T00:01"),
        ("strategy", "s", "2024-03-16T12:00", "2024-03-17T00:00", "2024-03-17T00:01"),
    ],
)
def test_next_day_is_that_of_the_market(scope: str, key: str, tripped: str, still: str, armed: str) -> None:
    board, book = make_board(), make_book()
    book.breakers[f"own:{key}"] = BreakerState(
        breaker="own",
        scope=BreakerScope(scope),
        scope_key=key,
        action=BreakerAction.HALT,
        tripped_ts=parse_ns(f"{tripped}:00+00:00"),
        rearm=Rearm.NEXT_DAY,
    )
    book.now_ns = parse_ns(f"{still}:00+00:00")
    assert f"-own:{key}" not in names(board.observe(calm(book)))
    book.now_ns = parse_ns(f"{armed}:00+00:00")
    assert f"-own:{key}" in names(board.observe(calm(book)))


def test_a_class_of_two_markets_has_a_new_day_when_both_have() -> None:
    london = instrument("VOD", AssetClass.EQUITY, calendar="XLON")
    board = BreakerBoard(
        {"AAPL.SIM": ALL["AAPL.SIM"], london.id: london},
        breakers=[],
        calendars=CALENDARS | trading_calendars(["XLON"], NOON, NOON),
    )
    morning = parse_ns("2024-03-12T10:00:00+00:00")  # London trades, New York has yesterday's day
    passed = board.hours.day_passed
    assert not passed("class", "equity", morning, parse_ns("2024-03-12T15:00:00+00:00"))
    assert not passed("class", "equity", morning, parse_ns("2024-03-12T23:00:00+00:00"))
    assert passed("class", "equity", morning, parse_ns("2024-03-13T08:00:00+00:00"))
    assert passed("instrument", "AAPL.SIM", morning, parse_ns("2024-03-12T15:00:00+00:00"))


@pytest.mark.parametrize(
    ("moment", "missing"),
    [
        ("2024-12-24T17:59", True),
        ("2024-12-24T18:00", True),  # the close itself: bars come then
        ("2024-12-24T18:01", False),  # Christmas Eve ends at 13:00 in New York
        ("2024-12-25T16:00", False),
        ("2024-12-26T16:00", True),
        ("2024-03-29T16:00", False),  # Good Friday
    ],
)
def test_no_gauge_is_missed_while_the_exchange_rests(moment: str, missing: bool) -> None:
    board = make_board(breakers=["vix"])
    found = step(board, make_book(now_ns=parse_ns(f"{moment}:00+00:00")))
    assert found == ["+vix_missing:equity"] * missing


def test_prices_may_be_old_in_the_lunch_break_and_have_a_grace_after_it() -> None:
    sony = instrument("6758", AssetClass.EQUITY, calendar="XTKS")
    board = BreakerBoard(
        {sony.id: sony},
        {"data_stale": {"max_age_ns": NS_PER_MINUTE}},
        ["data_stale"],
        calendars=trading_calendars(["XTKS"], NOON, NOON),
    )
    book = make_book()
    book.mark_ts = {sony.id: parse_ns("2024-03-12T02:29:30+00:00")}
    said = {}
    for minute in ("02:30", "02:31", "03:00", "03:30", "03:35", "03:36"):  # 11:30 to 12:36 in Tokyo
        book.now_ns = parse_ns(f"2024-03-12T{minute}:00+00:00")
        said[minute] = step(board, book)
    assert {minute: found for minute, found in said.items() if found} == {"03:36": ["+data_stale:6758.SIM"]}


def test_a_market_without_a_table_is_refused_before_anything_is_decided() -> None:
    with pytest.raises(ConfigError, match="no table of the calendar 'XNYS'"):
        BreakerBoard(ALL)
    assert BreakerBoard({"BTC/USD.COIN": ALL["BTC/USD.COIN"]}).hours.group_open("crypto", NOON)


def test_settings_are_checked_and_all_breakers_are_held() -> None:
    with pytest.raises(ConfigError, match="no setting 'lim'"):
        make_board({"vix": {"lim": 1}})
    for key, wrong in (("when_missing", "ignore"), ("rearm", "never"), ("max_age_ns", -1)):
        with pytest.raises(ConfigError, match=f"risk.vix.{key} is {wrong!r}"):
            make_board({"vix": {key: wrong}})
    with pytest.raises(ConfigError, match="drawdown"):
        make_board({"drawdown": {"limit": 1.5}})
    with pytest.raises(RegistryError, match="viks"):
        make_board({"viks": {}})
    assert set(make_board().rules()) == set(BREAKERS.names())


# Forgetting what it has looked at changes nothing but speed -----------------------------------

changes = st.one_of(
    st.tuples(st.just("equity"), st.integers(85_000, 103_000)),
    st.tuples(st.just("mark"), st.integers(15_800, 17_500)),
    st.tuples(st.just("vix"), st.sampled_from([15.0, 29.0, 31.0, float("nan")])),
    st.tuples(st.just("time"), st.sampled_from([1, NS_PER_MINUTE, 31 * NS_PER_MINUTE, 13 * NS_PER_HOUR])),
    st.tuples(st.just("loss"), st.integers(0, 4)),
    st.tuples(st.just("rearm"), st.just(0)),
    st.tuples(st.just("fresh"), st.just(0)),
)


def apply(book: Book, change: tuple[str, float]) -> None:
    kind, value = change
    if kind == "equity":
        book.equity_e8 = int(value) * E8
        book.high_water_e8 = max(book.high_water_e8, book.equity_e8)
        book.equity_trail.append((book.now_ns, book.equity_e8))
    elif kind == "mark":
        book.mark_ticks["AAPL.SIM"] = int(value)
        book.mark_ts["AAPL.SIM"] = book.now_ns
    elif kind == "vix":
        book.gauges["VIX"] = Gauge(value=value, ts_event=book.now_ns, previous=15.0)
    elif kind == "time":
        book.now_ns += int(value)
        if book.now_ns // NS_PER_DAY != book.day:
            book.day = book.now_ns // NS_PER_DAY
            book.day_start_equity_e8 = book.equity_e8
    elif kind == "loss":
        book.losses_in_row["s"] = int(value)
        book.fills_seen += 1
    elif kind == "rearm" and book.breakers:
        book.breakers.pop(min(book.breakers))
    elif kind == "fresh":
        book.mark_ts = dict.fromkeys(book.mark_ts, book.now_ns)


@settings(max_examples=150, deadline=None)
@given(st.lists(changes, max_size=30))
def test_a_board_that_has_forgotten_everything_decides_the_same(story: list[tuple[str, float]]) -> None:
    tight = {"data_stale": {"max_age_ns": 20 * NS_PER_MINUTE}, "vix": {"max_age_ns": 2 * NS_PER_HOUR}}
    board = make_board(tight)
    book = calm(make_book(held={"AAPL.SIM": 50}))
    for change in story:
        apply(book, change)
        copy = msgspec.msgpack.decode(msgspec.msgpack.encode(book), type=Book)
        kept, fresh = board.observe(book), make_board(tight).observe(copy)
        assert names(kept) == names(fresh), change
        assert msgspec.msgpack.encode(kept) == msgspec.msgpack.encode(fresh)
        write(book, kept)
        for event in kept:
            if isinstance(event, BreakerRearmed) and event.breaker == "losing_trades":
                book.losses_in_row[event.scope_key] = 0
        for instrument_id in ALL:
            assert board.entry_block(instrument_id, "s", book) == make_board(tight).entry_block(
                instrument_id, "s", book
            )
