import numpy as np
import pytest
from scipy import stats

from tradewind.core.errors import DataError
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.validation.deflation import (
    Population,
    correlations,
    deflated_sharpe,
    expected_best_sharpe,
    probabilistic_sharpe,
    trial_population,
)
from tradewind.validation.ledger import Trial
from tradewind.validation.overfitting import backtest_overfitting
from tradewind.validation.significance import (
    data_snooping,
    diebold_mariano,
    false_discoveries,
    permutation_test,
)


def test_the_probabilistic_sharpe_of_the_paper():
    """Bailey and Lopez de Prado (2012): two years of months, Sharpe 0.458, skew -2.448, kurtosis 10.164."""
    assert probabilistic_sharpe(0.458, 24, 0.0, 3.0) == pytest.approx(0.982, abs=1e-3)
    assert probabilistic_sharpe(0.458, 24, -2.448, 10.164) == pytest.approx(0.913, abs=1e-3)


def test_the_deflated_sharpe_of_the_paper():
    """Bailey and Lopez de Prado (2014): annual Sharpe 2.5 over five years of 250 days, skew -3, kurtosis 10,
    variance of the trials' annual Sharpe 1/2: the luckiest of 100 shows 0.1132 a day, the DSR is 0.9004, and
    with 46 trials it would have been 0.9505.
    """
    variance = 0.5 / 250
    daily = 2.5 / np.sqrt(250)
    best = expected_best_sharpe(100, variance)
    assert best == pytest.approx(0.1132, abs=1e-4)
    assert probabilistic_sharpe(daily, 1250, -3.0, 10.0, best) == pytest.approx(0.9004, abs=1e-4)
    best = expected_best_sharpe(46, variance)
    assert probabilistic_sharpe(daily, 1250, -3.0, 10.0, best) == pytest.approx(0.9505, abs=1e-4)


def test_the_expected_best_is_that_of_simulated_luck():
    """The paper's approximation is 8 % short for two tries and within 2 % from nine on."""
    rng = np.random.default_rng(0)
    for trials, tolerance in ((2, 0.1), (9, 0.03), (50, 0.02)):
        simulated = rng.standard_normal((20_000, trials)).max(axis=1).mean()
        assert expected_best_sharpe(trials, 1.0) == pytest.approx(simulated, rel=tolerance)
    assert expected_best_sharpe(1, 1.0) == 0.0


def test_deflation_grows_with_tries_and_never_falls_below_sampling_noise():
    net = 0.0007 + 0.01 * np.random.default_rng(2).standard_normal(1000)
    values = [deflated_sharpe(net, Population(n, n, 0.0)) for n in (1, 2, 9, 100)]
    assert (np.diff(values) < -0.01).all()
    assert deflated_sharpe(net, Population(9, 9, 0.02)) < values[2]
    assert deflated_sharpe(np.zeros(100), Population(1, 1, 0.0)) == 0.0


def made_trials(columns, ts=None):
    ts = np.arange(len(columns)) * NS_PER_DAY if ts is None else ts
    return [Trial(f"t{k}", f"m{k}", ts, columns[:, k]) for k in range(columns.shape[1])]


def test_near_copies_count_once_and_unjudged_tries_count():
    rng = np.random.default_rng(3)
    ideas = rng.standard_normal((500, 4))
    copies = np.repeat(ideas, 5, axis=1) + 0.3 * rng.standard_normal((500, 20))
    trials = made_trials(copies)
    population = trial_population(trials, "t0")
    assert (population.recorded, population.effective) == (20, 4)
    more = [*trials, Trial("x", "never judged"), Trial("y", "never judged")]
    assert trial_population(more, "t0").effective == 6
    sharpes = [(c := copies[:, 5 * k : 5 * k + 5].mean(axis=1)).mean() / c.std(ddof=1) for k in (1, 2, 3)]
    assert population.variance == pytest.approx(np.var(sharpes, ddof=1))
    noise = made_trials(rng.standard_normal((500, 9)))
    assert trial_population(noise, "t0").effective == 9
    assert trial_population([Trial("x", "only")], "x") == Population(1, 1, 0.0)


def test_correlations_use_the_days_that_two_trials_share():
    rng = np.random.default_rng(4)
    table = rng.standard_normal((300, 3))
    table[:, 1] += table[:, 0]
    table[:100, 1] = np.nan
    table[:290, 2] = np.nan
    got = correlations(table)
    assert got[0, 1] == pytest.approx(np.corrcoef(table[100:, 0], table[100:, 1])[0, 1])
    assert got[0, 2] == 0.0
    apart = [
        *made_trials(table[:, :1]),
        Trial("late", "late", np.arange(1000, 1300) * NS_PER_DAY, table[:, 0]),
    ]
    assert trial_population(apart, "t0").effective == 2


@pytest.mark.parametrize("horizon", [1, 4])
def test_diebold_mariano_against_a_regression_with_hac_errors(horizon):
    import statsmodels.api as sm

    rng = np.random.default_rng(5)
    noise = rng.standard_normal(400)
    difference = 0.1 + noise + 0.6 * np.roll(noise, 1) + 0.3 * np.roll(noise, 2)
    losses = rng.random(400)
    got = diebold_mariano(losses, losses + difference, horizon)
    fit = sm.OLS(difference, np.ones(400)).fit(
        cov_type="HAC", cov_kwds={"maxlags": horizon - 1, "kernel": "uniform", "use_correction": False}
    )
    n, h = 400, horizon
    corrected = fit.tvalues[0] * np.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)
    assert got.statistic == pytest.approx(corrected, rel=1e-9)
    assert got.p_value == pytest.approx(stats.t.sf(corrected, n - 1), rel=1e-9)
    swapped = diebold_mariano(losses + difference, losses, horizon)
    assert swapped.p_value == pytest.approx(1 - got.p_value)


def test_diebold_mariano_edge_cases():
    same = np.ones(50)
    assert diebold_mariano(same, same).p_value == 0.5
    assert diebold_mariano(same, same + 1).p_value == 0.0
    with pytest.raises(DataError, match="cannot be compared"):
        diebold_mariano(same * np.nan, same)


def test_the_permutation_test_by_brute_force():
    rng = np.random.default_rng(6)
    positions = np.sign(rng.standard_normal((120, 3)))
    earned = 0.02 * positions + 0.1 * rng.standard_normal((120, 3))
    got = permutation_test(positions, earned)
    means = [(np.roll(positions, k, axis=0) * earned).sum(axis=1).mean() for k in range(120)]
    others = means[5:116]
    assert got.statistic == pytest.approx(means[0])
    assert got.p_value == pytest.approx((1 + sum(m >= means[0] for m in others)) / (1 + len(others)))
    rates = []
    for seed in range(200):
        noise = np.random.default_rng(seed)
        rates.append(
            permutation_test(noise.standard_normal((100, 2)), noise.standard_normal((100, 2))).p_value
        )
    assert np.mean(np.array(rates) <= 0.05) == pytest.approx(0.05, abs=0.04)


@pytest.mark.parametrize("lift", [0.0, 0.08])
def test_superior_predictive_ability_agrees_with_arch(lift):
    """arch leaves Hansen's division by the standard error out, so columns of unit variance are compared."""
    from arch.bootstrap import SPA

    rng = np.random.default_rng(7)
    excess = rng.standard_normal((600, 6)) + np.array([lift, 0.02, 0.0, -0.05, -0.2, -0.4])
    scaled = SPA(np.zeros(600), -excess, block_size=8, reps=2, bootstrap="stationary", seed=1)
    scaled.compute()
    excess /= np.sqrt(scaled._loss_diff_var)
    ours = data_snooping(excess, draws=6000, seed=1, mean_block=8)
    spa = SPA(np.zeros(600), -excess, block_size=8, reps=6000, bootstrap="stationary", seed=2)
    spa.compute()
    got = [ours.spa_lower, ours.spa_consistent, ours.spa_upper]
    assert got == pytest.approx(spa.pvalues.to_numpy(), abs=0.025)
    assert ours.reality_check == pytest.approx(spa.pvalues["upper"], abs=0.025)
    assert ours.spa_lower <= ours.spa_consistent <= ours.spa_upper
    rescaled = data_snooping(excess * np.array([9.0, 1, 1, 1, 1, 1]), draws=6000, seed=1, mean_block=8)
    assert rescaled.spa_consistent == pytest.approx(ours.spa_consistent)  # the division at work


def test_false_discoveries_agree_with_statsmodels():
    from statsmodels.stats.multitest import multipletests

    rng = np.random.default_rng(8)
    for _ in range(30):
        p = np.concatenate([rng.random(20), 0.01 * rng.random(5)])
        assert np.array_equal(false_discoveries(p, 0.1), multipletests(p, 0.1, method="fdr_bh")[0])
    assert not false_discoveries(np.array([0.5, 0.9])).any()


def test_overfitting_is_near_certain_for_noise_and_rare_for_skill():
    rng = np.random.default_rng(9)
    noise = np.mean([backtest_overfitting(rng.standard_normal((640, 20)), 8).probability for _ in range(12)])
    assert 0.35 <= noise <= 0.75
    skilled = rng.standard_normal((640, 20))
    skilled[:, 3] += 0.3
    result = backtest_overfitting(skilled, 16)
    assert result.probability < 0.01
    assert result.loss_probability < 0.01
    assert result.logits.shape == (12_870,)
    with pytest.raises(DataError, match="cannot be halved"):
        backtest_overfitting(skilled[:, :1])


def test_overfitting_by_brute_force():
    from itertools import combinations

    net = np.random.default_rng(10).standard_normal((60, 5))
    logits = []
    for chosen in combinations(range(4), 2):
        inside = np.isin(np.arange(60) // 15, chosen)
        a, b = (part.mean(axis=0) / part.std(axis=0, ddof=1) for part in (net[inside], net[~inside]))
        rank = stats.rankdata(b)[a.argmax()] / 6
        logits.append(np.log(rank / (1 - rank)))
    got = backtest_overfitting(net, 4)
    assert np.sort(got.logits) == pytest.approx(np.sort(logits))
    assert got.probability == np.mean(np.array(logits) <= 0)
