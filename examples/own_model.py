"""A model of one's own in one file: stated, walked forward on real history, and held against the gate.

Run it: ``python examples/own_model.py``. It needs the ``sample`` extra. The decorated function alone, in a
file of its own under ``src/tradewind/alphas/rules/``, is what ``tradewind validate`` finds as ``calm_rise``.

A rule states a signal, and its training window decides how many basis points that is worth. What learns
freely states a learner instead: see ``src/tradewind/alphas/classical/logistic.py``.
"""

import sys
import tempfile
from pathlib import Path

from tradewind.alphas.ruled import RuleRows, rule
from tradewind.app.compute.mappers import SerialMapper
from tradewind.app.config import load_config
from tradewind.app.market.workspace import open_workspace
from tradewind.app.research.candidates import load_research, validate_candidates
from tradewind.core.panel import Floats
from tradewind.validation.evaluate import EvaluationSettings
from tradewind.validation.ledger import TrialLedger


@rule(
    "calm_rise",
    needs=("ret_20", "atr_norm"),
    published_bps=10.0,
    source="this example; nothing is published of it, and nothing is claimed",
)
def calm_rise(rows: RuleRows) -> Floats:
    """A month's return in units of the bar's usual range: a rise that came calmly may go on."""
    calm: Floats = rows["ret_20"] / (rows["atr_norm"] + 0.1)
    return calm


def main(start: str = "2000-03-01") -> None:
    """Walk forward, net of costs, and print the verdict, whatever it is."""
    research = {
        "symbols": ("AAPL", "MSFT"),
        "window": {"start": start, "end": "2013-03-02"},
        "models": ("calm_rise",),
        "test": "1y",
        "step": "1y",
    }
    with tempfile.TemporaryDirectory() as home:
        config = load_config(None, home=Path(home), research=research)
        workspace = open_workspace(config)
        data = load_research(config.research, workspace, capital=config.session.cash)
        (judged,) = validate_candidates(
            config.research,
            data,
            TrialLedger(workspace.home.ledger),
            SerialMapper(),
            seed=config.seed,
            settings=EvaluationSettings(draws=200, seed=config.seed),
        )
    said, earned = judged.evaluation.forecasts, judged.evaluation.returns
    accuracy, base_rate, sharpe = said["accuracy"], said["base_rate"], earned["sharpe"]
    print(f"accuracy {accuracy.value:.3f}; always guessing the more frequent side {base_rate.value:.3f}")
    print(f"Sharpe after costs {sharpe.value:.2f} ({sharpe.low:.2f} to {sharpe.high:.2f})")
    print(f"The gate's verdict on {judged.verdict.model}: {judged.verdict.verdict}")
    for reason in judged.verdict.reasons:
        print(f"  {reason}")


if __name__ == "__main__":
    main(*sys.argv[1:])
