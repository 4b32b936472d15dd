"""Sliding kernels against plain definitions, on easy and on hard inputs."""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.kernels import recursive, windows, windows_extremes, windows_moments, windows_spectral

LANES = 3


def walk(length: int, seed: int = 0, offset: float = 100.0, scale: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return offset + scale * np.cumsum(rng.normal(size=(length, LANES)), axis=0)


def each_window(x: np.ndarray, n: int, figure: Callable[[np.ndarray], float]) -> np.ndarray:
    out = np.full_like(x, np.nan)
    for t in range(n - 1, len(x)):
        for j in range(x.shape[1]):
            out[t, j] = figure(x[t - n + 1 : t + 1, j])
    return out


def exact_std(window: np.ndarray) -> float:
    values = [Fraction(float(v)) for v in window]
    mean = sum(values) / len(values)
    return math.sqrt(float(sum((v - mean) ** 2 for v in values) / len(values)))


HARD = {
    "plain": walk(90),
    "huge offset": walk(90, offset=1e12),
    "tiny moves on a huge level": walk(90, offset=1e9, scale=1e-4),
    "constant": np.full((90, LANES), 0.1),
    "a jump": np.where(np.arange(90)[:, None] < 45, 1e-3, 1e9) * np.ones((1, LANES)),
    "alternating": np.where(np.arange(90)[:, None] % 2 == 0, 1e8, 1e8 + 1.0) * np.ones((1, LANES)),
}


@pytest.mark.parametrize("n", [1, 2, 7, 20, 90])
@pytest.mark.parametrize("kind", HARD)
def test_means_and_deviations_keep_their_digits(kind: str, n: int) -> None:
    x = HARD[kind]
    mean, std = windows.rolling_mean_std(x, n)
    want_mean = each_window(x, n, lambda w: math.fsum(w) / n)
    want_std = each_window(x, n, exact_std)
    np.testing.assert_allclose(mean, want_mean, rtol=1e-14)
    np.testing.assert_allclose(windows.rolling_mean(x, n), want_mean, rtol=1e-14)
    # A deviation cannot be known better than the values that it is made of, nor than the widest one there.
    spread = np.nanmax(want_std) if kind == "a jump" else 0.0
    np.testing.assert_allclose(std, want_std, rtol=1e-9, atol=1e-16 * np.abs(x).max() + 1e-12 * spread)


def test_a_constant_window_has_exactly_no_deviation_whatever_came_before() -> None:
    x = np.concatenate([walk(40, offset=1e9, scale=1e6), np.full((40, LANES), 0.1)])
    std = windows.rolling_mean_std(x, 10)[1]
    assert (std[49:] == 0.0).all()
    assert (windows.rolling_mean(x, 10)[49:] == 0.1).all()


def test_nothing_drifts_in_a_million_steps() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1_000_000, 1)) * np.exp(5.0 * rng.normal(size=(1_000_000, 1)))
    mean = windows.rolling_mean(x, 20)
    for t in (500_000, 999_999):
        assert mean[t, 0] == pytest.approx(math.fsum(x[t - 19 : t + 1, 0]) / 20, rel=1e-11)


@settings(max_examples=60, deadline=None)
@given(
    length=st.integers(1, 60),
    n=st.integers(1, 20),
    blanks=st.integers(0, 5),
    seed=st.integers(0, 99),
)
def test_windows_equal_their_definitions(length: int, n: int, blanks: int, seed: int) -> None:
    x = walk(length, seed)
    padded = np.vstack([np.full((blanks, LANES), np.nan), x])

    def held(got: np.ndarray, want: np.ndarray) -> None:
        assert np.isnan(got[:blanks]).all()
        np.testing.assert_allclose(got[blanks:], want, rtol=1e-10, atol=1e-9, equal_nan=True)

    held(windows.rolling_sum(padded, n), each_window(x, n, np.sum))
    held(windows_extremes.rolling_max(padded, n), each_window(x, n, np.max))
    held(windows_extremes.rolling_min(padded, n), each_window(x, n, np.min))
    held(windows_extremes.bars_since_max(padded, n), each_window(x, n, lambda w: np.argmax(w[::-1])))
    weights = np.arange(1, n + 1)
    held(windows_moments.weighted_mean(padded, n), each_window(x, n, lambda w: w @ weights / weights.sum()))
    deviation = windows.rolling_mean_deviation(padded, n)[1]
    held(deviation, each_window(x, n, lambda w: np.abs(w - w.mean()).mean()))
    if n > 1:
        rank = each_window(x, n, lambda w: ((w[:-1] < w[-1]).sum() + 0.5 * (w[:-1] == w[-1]).sum()) / (n - 1))
        held(windows_extremes.percent_rank(padded, n), rank)
        slope, end, r2 = windows_moments.rolling_line(padded, n)
        place = np.arange(n)
        held(slope, each_window(x, n, lambda w: np.polyfit(place, w, 1)[0]))
        held(end, each_window(x, n, lambda w: np.polyval(np.polyfit(place, w, 1), n - 1)))
        if n > 2:
            held(r2, each_window(x, n, lambda w: np.corrcoef(place, w)[0, 1] ** 2))


def test_equal_values_rank_in_the_middle() -> None:
    x = np.ones((30, LANES))
    assert (windows_extremes.percent_rank(x, 10)[9:] == 0.5).all()


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_shape_equals_scipy(offset: float) -> None:
    from scipy import stats

    x = walk(120, offset=offset)
    skew, kurt = windows_moments.rolling_shape(x, 30)
    np.testing.assert_allclose(skew, each_window(x, 30, stats.skew), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(kurt, each_window(x, 30, stats.kurtosis), rtol=1e-8, atol=1e-8)
    flat = windows_moments.rolling_shape(np.full((60, 2), 0.1), 30)
    assert (flat[0][29:] == 0.0).all()
    assert (flat[1][29:] == 0.0).all()


def test_pairs_equal_numpy() -> None:
    x, y = walk(100, 1, offset=1e5), walk(100, 2, offset=-1e5)
    vx, vy, cov = windows_moments.rolling_sums(x, y, 25)
    for t in (24, 25, 49, 50, 99):
        for j in range(LANES):
            want = np.cov(x[t - 24 : t + 1, j], y[t - 24 : t + 1, j], bias=True)
            np.testing.assert_allclose(
                [vx[t, j], vy[t, j], cov[t, j]], [want[0, 0], want[1, 1], want[0, 1]], rtol=1e-8
            )


def test_the_strongest_cycle_is_found() -> None:
    t = np.arange(200)[:, None]
    noise = np.random.default_rng(0).normal(0, 0.05, (200, 2))
    x = np.sin(2 * np.pi * t / np.array([[16.0, 8.0]])) + noise
    period, power = windows_spectral.dominant_cycle(x, 64)
    assert np.isnan(period[62]).all()
    np.testing.assert_allclose(period[63:], np.broadcast_to([16.0, 8.0], (137, 2)))
    assert (power[63:] > 0.5).all()
    window = x[100:164] - x[100:164].mean(axis=0)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(64) + 0.5) / 64)
    spectrum = np.abs(np.fft.rfft(window * hann[:, None], axis=0))[1:] ** 2
    np.testing.assert_allclose(power[163], spectrum.max(axis=0) / spectrum.sum(axis=0), rtol=1e-9)


PAIRED = {
    "rolling_mean_std": (windows.rolling_mean_std, (5,)),
    "rolling_max": (windows_extremes.rolling_max, (5,)),
    "percent_rank": (windows_extremes.percent_rank, (5,)),
    "weighted_mean": (windows_moments.weighted_mean, (5,)),
    "smoothed": (recursive.smoothed, (5, 0.3)),
    "relative_strength": (recursive.relative_strength, (5,)),
    "adaptive_mean": (recursive.adaptive_mean, (5,)),
}


@pytest.mark.parametrize("name", PAIRED)
def test_compiled_kernels_equal_their_plain_source(name: str) -> None:
    kernel, options = PAIRED[name]
    x = walk(40)
    got, want = kernel(x, *options), kernel.py_func(x, *options)  # type: ignore[attr-defined]
    for a, b in zip(
        got if isinstance(got, tuple) else (got,), want if isinstance(want, tuple) else (want,), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-13, equal_nan=True)
