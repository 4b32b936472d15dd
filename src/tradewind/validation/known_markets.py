"""Generated markets whose best possible forecast is known, for testing everything that judges models.

The return of each instrument over the next bar is ``volatility * (ic * signal + sqrt(1 - ic^2) * noise)``;
the signal has unit variance and is a function of the factors at the decision, so ``ic`` is the highest
information coefficient that anyone can reach. These are made-up numbers and say so: ``synthetic`` is always
True.

A label runs from the next bar's open to its close: a position decided at a row can have it, so returns need
no further delay (``held_from_labels(samples, delay_bars=0)``).
"""

from dataclasses import dataclass

import numpy as np

from tradewind.core.errors import ConfigError
from tradewind.core.panel import Floats, Predictions, Samples
from tradewind.core.timestamps import NS_PER_DAY, parse_ns

NOISE = "noise"
LINEAR = "linear"
NONLINEAR = "nonlinear"
REGIMES = "regimes"
KINDS = (NOISE, LINEAR, NONLINEAR, REGIMES)


@dataclass(frozen=True)
class KnownMarket:
    """``signal`` (R,) has unit variance; ``volatility`` (N,) is that of a bar; ``best`` cannot be beaten."""

    kind: str
    ic: float
    samples: Samples
    signal: Floats
    volatility: Floats
    best: Predictions
    synthetic: bool = True


def known_market(
    kind: str,
    *,
    ic: float = 0.10,
    days: int = 2_520,
    instruments: int = 50,
    factors: int = 8,
    seed: int,
    persistence: float = 0.9,
    common: float = 0.3,
) -> KnownMarket:
    """A daily market from 2000-01-03 on (weekdays only), with ``factors`` unit-variance factors.

    ``linear``: the signal is a weighted sum of the first three factors. ``nonlinear``: the product of the
    first two and the size of the third. ``regimes``: the first factor's sign of effect turns with a slow
    market state that the last factor shows. ``noise``: the factors say nothing and ``ic`` is 0. Factors
    follow AR(1) with ``persistence``; ``common`` is the correlation of noise between instruments.
    """
    if kind not in KINDS:
        message = f"There is no known market {kind!r}."
        raise ConfigError(message, f"Known are: {', '.join(KINDS)}.")
    if not 0.0 <= ic < 1.0 or days < 10 or instruments < 1 or factors < 4:
        message = f"No market has ic {ic}, {days} days, {instruments} instruments and {factors} factors."
        raise ConfigError(message, "Give ic below 1, 10 days, 1 instrument and 4 factors at least.")
    rng = np.random.default_rng(seed)
    cube = _factors(rng, days, instruments, factors, persistence)
    signal = _signal(kind, cube, rng, persistence)
    strength = 0.0 if kind == NOISE else ic
    volatility = rng.uniform(0.008, 0.025, instruments)
    shared = np.sqrt(common) * rng.standard_normal((days, 1))
    noise = shared + np.sqrt(1.0 - common) * rng.standard_normal((days, instruments))
    returns = volatility * (strength * signal + np.sqrt(1.0 - strength**2) * noise)
    samples = _samples(cube, np.maximum(returns, -0.95))
    flat = signal.ravel()
    return KnownMarket(
        kind=kind,
        ic=strength,
        samples=samples,
        signal=flat,
        volatility=volatility,
        best=forecasts_from_score(flat, strength, np.tile(volatility, days)),
    )


def forecasts_from_score(score: Floats, ic: float, volatility: Floats) -> Predictions:
    """Calibrated forecasts of a unit-variance ``score`` (R,) that has information coefficient ``ic``."""
    from scipy.stats import norm

    expected = ic * score * volatility * 1e4
    spread = np.sqrt(1.0 - ic**2) * volatility * 1e4
    probability: Floats = norm.cdf(expected / spread)
    return Predictions(
        probability_up=probability,
        expected_return_bps=expected,
        confidence=np.abs(2.0 * probability - 1.0),
        lower_bps=expected - 1.6449 * spread,
        upper_bps=expected + 1.6449 * spread,
    )


def _factors(
    rng: np.random.Generator, days: int, instruments: int, factors: int, persistence: float
) -> Floats:
    cube = rng.standard_normal((days, instruments, factors))
    fresh = np.sqrt(1.0 - persistence**2)
    for t in range(1, days):
        cube[t] = persistence * cube[t - 1] + fresh * cube[t]
    return cube


def _signal(kind: str, cube: Floats, rng: np.random.Generator, persistence: float) -> Floats:
    first, second, third = (cube[:, :, k] for k in range(3))
    if kind == NONLINEAR:
        # Product of normals: mean 0, variance 1; |x| - sqrt(2/pi): variance 1 - 2/pi. Unit variance together.
        size = (np.abs(third) - np.sqrt(2.0 / np.pi)) / np.sqrt(1.0 - 2.0 / np.pi)
        product: Floats = np.sqrt(0.7) * first * second + np.sqrt(0.3) * size
        return product
    if kind == REGIMES:
        state = _slow_state(rng, len(cube))
        cube[:, :, -1] = state[:, None] + 0.1 * rng.standard_normal(first.shape)
        turned: Floats = first * state[:, None]
        return turned
    if kind == LINEAR:
        mixed: Floats = 0.8 * first + 0.48 * second - 0.36 * third
        return mixed
    # Noise has a score that nobody sees and that says nothing.
    unseen: Floats = _factors(rng, len(cube), cube.shape[1], 1, persistence)[:, :, 0]
    return unseen


def _slow_state(rng: np.random.Generator, days: int) -> Floats:
    """A market state of +1 or -1 that turns every 60 days on average."""
    turns = rng.random(days) < 1.0 / 60.0
    state: Floats = np.where(np.cumsum(turns) % 2 == 0, 1.0, -1.0)
    return state


def _samples(cube: Floats, returns: Floats) -> Samples:
    days, instruments, factors = cube.shape
    # Weekdays only, closing at 21:00 UTC: five of every seven days from a Monday on.
    number = np.arange(days + 1, dtype=np.int64)
    close = parse_ns("2000-01-03T21:00:00+00:00") + (number // 5 * 7 + number % 5) * NS_PER_DAY
    return Samples(
        cube=cube,
        t=np.repeat(np.arange(days), instruments),
        i=np.tile(np.arange(instruments), days),
        ts_event=np.repeat(close[:-1], instruments),
        label_return=returns.ravel(),
        label_end=np.repeat(close[1:], instruments),
        weight=np.ones(days * instruments),
        names=tuple(f"factor_{k}" for k in range(factors)),
        instrument_ids=tuple(f"SYN{n:03d}" for n in range(instruments)),
        horizon_bars=1,
    )
