"""A made-up session, told as events, with the engine's own book keeping the accounts."""

from collections.abc import Iterator

import numpy as np

from tradewind.core.book import Book, Ledger, PositionKey, cash_in_base, exposure_e8, held_lots
from tradewind.core.decisions import (
    AccountMarked,
    BreakerRearmed,
    BreakerTripped,
    DecisionMade,
    FilterVerdict,
    ModelVote,
    OrderRefused,
    OrderRequested,
    Refused,
)
from tradewind.core.events import (
    AccountTerms,
    FeedStatus,
    ModelStatus,
    ModelTerms,
    OverrideRecorded,
    SessionEnded,
    SessionOpened,
    SessionStarted,
    StrategyTerms,
    Timer,
)
from tradewind.core.forecasts import Forecast, ForecastFailed
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.market import Bar, Event
from tradewind.core.money import round_to_grid
from tradewind.core.orders import Order, OrderAccepted, OrderFilled, OrderRejected, OrderType, Side
from tradewind.core.timestamps import NS_PER_HOUR, NS_PER_S, parse_ns
from tradewind.core.vocabulary import (
    BreakerAction,
    BreakerScope,
    Outcome,
    PromotionOutcome,
    Rearm,
    SessionMode,
)
from tradewind.engine.bookkeeping import book_fill
from tradewind.engine.marks import advance_time, mark_price

INPUT, DECISION = True, False
START_NS = parse_ns("2026-03-02T00:00:00+00:00")
CASH_E8 = 1_000_000 * 10**8
MODELS = {
    "gradient_boosting": ("3.1", PromotionOutcome.ACCEPTED, 0.45),
    "bilstm": ("1.4", PromotionOutcome.ACCEPTED, 0.30),
    "momentum": ("1.0", PromotionOutcome.REFUSED, 0.15),
    "mean_reversion": ("1.0", PromotionOutcome.REFUSED, 0.0),
}


def instrument(
    symbol: str, kind: AssetClass, tick: str, lot: str, venue: str, quote: str = "USD"
) -> Instrument:
    crypto = kind is AssetClass.CRYPTO
    calendar = "24/7" if crypto else "24/5" if kind is AssetClass.FX else "XNYS"
    return Instrument(
        symbol=symbol,
        asset_class=kind,
        venue=venue,
        quote_currency=quote,
        tick_size=tick,
        lot_size=lot,
        calendar=calendar,
    )


INSTRUMENTS = (
    instrument("BTC/USDT", AssetClass.CRYPTO, "0.01", "0.00001", "SIM", "USD"),
    instrument("ETH/USDT", AssetClass.CRYPTO, "0.01", "0.0001", "SIM", "USD"),
    instrument("SOL/USDT", AssetClass.CRYPTO, "0.01", "0.001", "SIM", "USD"),
    instrument("AAPL", AssetClass.EQUITY, "0.01", "1", "SIM"),
    instrument("MSFT", AssetClass.EQUITY, "0.01", "1", "SIM"),
    instrument("NVDA", AssetClass.EQUITY, "0.01", "1", "SIM"),
    instrument("SPY", AssetClass.ETF, "0.01", "1", "SIM"),
    instrument("EUR/USD", AssetClass.FX, "0.00001", "1000", "SIM"),
    instrument("GBP/USD", AssetClass.FX, "0.00001", "1000", "SIM"),
)
PRICES = (64_200.0, 3_140.0, 148.0, 228.4, 415.2, 131.7, 562.1, 1.0842, 1.2718)
HOURLY = (0.006, 0.008, 0.011, 0.003, 0.003, 0.006, 0.002, 0.0008, 0.0009)


def story(cycles: int = 60, seed: int = 11, *, ended: bool = True) -> Iterator[tuple[Event, bool]]:
    """``(event, is input)`` in journal order; hourly bars of nine instruments."""
    rng = np.random.default_rng(seed)
    book = Book(
        base_currency="USD",
        instruments={one.id: one for one in INSTRUMENTS},
        accounts={"main": {"USD": Ledger(cash_e8=CASH_E8, paid_in_e8=CASH_E8)}},
        now_ns=START_NS,
        equity_e8=CASH_E8,
        start_equity_e8=CASH_E8,
        high_water_e8=CASH_E8,
    )
    yield from opening(seed)
    prices = np.array(PRICES)
    for cycle in range(1, cycles + 1):
        now = START_NS + cycle * NS_PER_HOUR
        prices = prices * np.exp(rng.normal(0.0002, HOURLY))
        advance_time(book, now)
        for one, price in zip(INSTRUMENTS, prices, strict=True):
            bar = make_bar(one, float(price), now)
            mark_price(book, bar.instrument_id, bar.close, bar.ts_event)
            yield bar, INPUT
        yield from forecasts(rng, now)
        timer = Timer(ts_event=now, name="cycle")
        yield timer, INPUT
        chosen = rng.choice(len(INSTRUMENTS), size=3, replace=False)
        for index in chosen:
            yield from decide(rng, book, INSTRUMENTS[index], float(prices[index]), now, cycle)
        yield marked(book, now), DECISION
        yield from incidents(cycle, now)
    if ended:
        yield SessionEnded(ts_event=START_NS + cycles * NS_PER_HOUR, reason="The feed is at its end."), INPUT


def opening(seed: int = 11) -> Iterator[tuple[Event, bool]]:
    yield (
        SessionStarted(
            ts_event=START_NS,
            session_id="paper-2026-03-02",
            mode=SessionMode.PAPER,
            base_currency="USD",
            accounts=(AccountTerms(cash_e8={"USD": CASH_E8}),),
            instruments=INSTRUMENTS,
            factor_names=("ret_1h", "ret_24h", "rsi_14", "vol_20"),
            models=tuple(ModelTerms(model=name, version=version) for name, (version, _, _) in MODELS.items()),
            strategies=(
                StrategyTerms(strategy="ensemble", parameters={"kelly_fraction": 0.25, "edge_min_bps": 6.0}),
            ),
            seed=seed,
            notes=("Synthetic data: a seeded random walk, no real market.",),
        ),
        INPUT,
    )
    yield FeedStatus(ts_event=START_NS, feed="random_walk", status="connected"), INPUT
    for name, (version, verdict, weight) in MODELS.items():
        sharpe = 0.9 if verdict is PromotionOutcome.ACCEPTED else 0.1
        figures = {
            "sharpe": sharpe,
            "sharpe_low": sharpe - 0.5,
            "sharpe_high": sharpe + 0.6,
            "accuracy": 0.521,
        }
        yield (
            ModelStatus(
                ts_event=START_NS,
                model=name,
                model_version=version,
                timeframe="1h",
                horizon_bars=24,
                verdict=verdict,
                weight=weight,
                figures=figures | {"base_rate": 0.513, "trials": 24.0},
            ),
            INPUT,
        )
    yield (
        OverrideRecorded(
            ts_event=START_NS,
            model="momentum",
            reason="Run beside the others on paper for comparison.",
            gate_reasons=("Deflated Sharpe 0.41 is below 0.95.", "Does not beat buy and hold (p = 0.38)."),
        ),
        INPUT,
    )
    yield SessionOpened(ts_event=START_NS), INPUT


def make_bar(one: Instrument, price: float, now: int) -> Bar:
    close = round_to_grid(price, one.tick_float) * one.tick_float
    return Bar(
        ts_event=now,
        instrument_id=one.id,
        open=close,
        high=close * 1.001,
        low=close * 0.999,
        close=close,
        volume=1_000.0,
        timeframe="1h",
        ts_recv=now,
    )


def forecasts(rng: np.random.Generator, now: int) -> Iterator[tuple[Event, bool]]:
    for one in INSTRUMENTS:
        shared = rng.normal(0, 12)
        for name, (version, _, _) in MODELS.items():
            if rng.random() < 0.01:
                yield (
                    ForecastFailed(
                        ts_event=now,
                        model=name,
                        instrument_id=one.id,
                        reason="No answer by the deadline.",
                        timeframe="1h",
                    ),
                    INPUT,
                )
                continue
            edge = float(shared + rng.normal(0, 8))
            yield (
                Forecast(
                    ts_event=now,
                    instrument_id=one.id,
                    model=name,
                    model_version=version,
                    horizon_bars=24,
                    expected_return_bps=edge,
                    probability_up=float(1 / (1 + np.exp(-edge / 60))),
                    confidence=float(np.clip(abs(edge) / 30, 0.05, 0.9)),
                    lower_bps=edge - 45.0,
                    upper_bps=edge + 45.0,
                    timeframe="1h",
                    data_hash="0123456789abcdef",
                    ts_recv=now,
                ),
                INPUT,
            )


def decide(
    rng: np.random.Generator, book: Book, one: Instrument, price: float, now: int, cycle: int
) -> Iterator[tuple[Event, bool]]:
    edge = float(rng.normal(0, 14))
    decision_id = f"d{cycle}-{one.id.replace('/', '').lower()}"
    current = held_lots(book, PositionKey("main", "ensemble", one.id))
    wanted = abs(edge) > 8
    weight = float(np.clip(edge / 250, -0.06, 0.10)) if wanted else 0.0
    target = round_to_grid(weight * 1e6 / price, one.lot_float) if wanted else current
    votes = tuple(
        ModelVote(
            model=name,
            version=version,
            weight=share,
            edge_bps=edge + float(rng.normal(0, 4)),
            probability_up=0.5 + edge / 400,
            confidence=min(abs(edge) / 30, 0.9),
        )
        for name, (version, _, share) in MODELS.items()
        if share
    )
    yield (
        DecisionMade(
            ts_event=now,
            decision_id=decision_id,
            strategy="ensemble",
            instrument_id=one.id,
            outcome=Outcome.TRADE if target != current else Outcome.HOLD,
            reason=f"An edge of {edge:.1f} bps is {'enough' if wanted else 'too little'} after costs.",
            votes=votes,
            edge_bps=edge,
            cost_bps=2.4,
            probability_up=0.5 + edge / 400,
            confidence=min(abs(edge) / 30, 0.9),
            verdicts=(
                FilterVerdict(
                    name="edge_after_costs", passed=wanted, value=abs(edge) - 2.4, threshold=6.0, hard=True
                ),
                FilterVerdict(name="model_agreement", passed=True, value=0.75, threshold=0.6),
                FilterVerdict(
                    name="volatility", passed=abs(edge) < 25, value=0.9, threshold=1.2, note="20-hour"
                ),
            ),
            sizing={
                "kelly": weight * 4,
                "quarter_kelly": weight,
                "volatility_target": weight,
                "limits": weight,
            },
            factors={"ret_24h": 0.012, "rsi_14": 55.0},
            regime="trending" if cycle % 20 < 12 else "choppy",
            current_lots=current,
            target_lots=target,
        ),
        DECISION,
    )
    if target == current:
        return
    yield from trade(rng, book, one, target - current, decision_id, now)


def trade(
    rng: np.random.Generator, book: Book, one: Instrument, lots: int, decision_id: str, now: int
) -> Iterator[tuple[Event, bool]]:
    limit = book.mark_ticks[one.id] if rng.random() < 0.3 else None
    order = Order(
        client_order_id=f"{decision_id}-1",
        decision_id=decision_id,
        strategy="ensemble",
        instrument_id=one.id,
        side=Side.BUY if lots > 0 else Side.SELL,
        quantity_lots=abs(lots),
        order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
        limit_price_ticks=limit,
        ts_decided=now,
    )
    ids = {"client_order_id": order.client_order_id, "instrument_id": one.id, "ts_event": now + NS_PER_S}
    if rng.random() < 0.06:
        refusal = Refused(
            rule="max_position",
            reason="The position would be 11.2 % of equity, more than 10 %.",
            figures={"position_pct": 11.2, "limit_pct": 10.0},
        )
        yield OrderRefused(ts_event=now, order=order, refusal=refusal), DECISION
        return
    yield OrderRequested(ts_event=now, order=order), DECISION
    if rng.random() < 0.03:
        yield OrderRejected(**ids, reason="Insufficient margin."), INPUT
        return
    yield OrderAccepted(**ids, venue_order_id=f"v-{decision_id}"), INPUT
    if rng.random() < 0.02:
        return  # stays on the book
    parts = (
        [abs(lots)] if abs(lots) < 2 or rng.random() < 0.6 else [abs(lots) // 2, abs(lots) - abs(lots) // 2]
    )
    for number, part in enumerate(parts):
        price = book.mark_ticks[one.id] + order.side.sign * (1 + number)
        fill = OrderFilled(
            **ids,
            trade_id=f"t-{decision_id}-{number}",
            side=order.side,
            quantity_lots=part,
            price_ticks=price,
            commission_e8=12_345_600 + number,
            slippage_bps=float(rng.normal(0.8, 0.3)),
        )
        closed = book_fill(book, fill, PositionKey("main", "ensemble", one.id))
        yield fill, INPUT
        for trade_closed in closed:
            yield trade_closed, DECISION


def marked(book: Book, now: int) -> AccountMarked:
    gross, net = exposure_e8(book)
    return AccountMarked(
        ts_event=now,
        equity_e8=book.equity_e8,
        cash_e8=cash_in_base(book),
        gross_e8=gross,
        net_e8=net,
        drawdown_pct=100.0 * (book.high_water_e8 - book.equity_e8) / book.high_water_e8,
        positions=dict(book.net_lots),
    )


def incidents(cycle: int, now: int) -> Iterator[tuple[Event, bool]]:
    if cycle == 20:
        yield FeedStatus(ts_event=now, feed="random_walk", status="lost", detail="No bar for 90 s."), INPUT
        yield FeedStatus(ts_event=now, feed="random_walk", status="connected"), INPUT
    if cycle % 25 == 0:
        yield (
            BreakerTripped(
                ts_event=now,
                breaker="daily_loss",
                scope=BreakerScope.ACCOUNT,
                action=BreakerAction.HALT,
                value=-2.1,
                threshold=-2.0,
                reason="The day's loss of 2.1 % is over 2 %.",
                rearm=Rearm.NEXT_DAY,
            ),
            DECISION,
        )
    if cycle % 25 == 8 and cycle > 25:
        yield (
            BreakerRearmed(ts_event=now, breaker="daily_loss", scope=BreakerScope.ACCOUNT, by="next_day"),
            DECISION,
        )
    if cycle == 40:
        yield (
            BreakerTripped(
                ts_event=now,
                breaker="losing_streak",
                scope=BreakerScope.INSTRUMENT,
                scope_key="SOL/USDT.SIM",
                action=BreakerAction.HALT,
                value=5.0,
                threshold=5.0,
                reason="Five losing exits in a row.",
            ),
            DECISION,
        )


def write(journal, events) -> None:
    """Append all and make them durable; decisions name the input before them as their cause."""
    cause = 0
    for event, is_input in events:
        seq = journal.append(event, 0 if is_input else cause)
        cause = seq if is_input else cause
    journal.commit()
