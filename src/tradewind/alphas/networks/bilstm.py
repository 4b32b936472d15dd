"""The recurrent reference: two bidirectional LSTM layers over 60 times of the Core-30 factors.

    60 x K -> BiLSTM 128, dropout 0.3 -> BiLSTM 64, dropout 0.3
           -> dense 64, ReLU, dropout 0.25 -> dense 32, ReLU, dropout 0.2 -> 1

K is 30, or as many of the Core-30 as there are. The last sigmoid lives in the loss while it learns and in the
calibration when it is asked, so the network itself gives log-odds. LSTM: Hochreiter and Schmidhuber (1997);
both directions: Schuster and Paliwal (1997).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np

from tradewind.alphas.artefacts import sha256, to_json
from tradewind.alphas.factories import learner
from tradewind.alphas.learner import Lesson
from tradewind.alphas.networks.onnx_scorer import OnnxScorer, export
from tradewind.alphas.networks.training import Course, Taught, Watch, pick_device, teach
from tradewind.alphas.preparation import Rows
from tradewind.alphas.rows import data_hash
from tradewind.alphas.threads import limited_torch_threads
from tradewind.core.errors import ModelError
from tradewind.core.panel import Floats
from tradewind.core.settings import Count, Lookback, Part, Rounds, Share, Width

SEQUENCE_30 = (
    *("rsi", "rsi_fast", "macd_norm_12_26_9", "macd_sig_norm_12_26_9", "macd_hist_norm_12_26_9"),
    *("price_to_ema_12", "price_to_ema_26", "price_to_ema_50", "price_to_ema_200", "atr_pct_14", "atr_norm"),
    *("price_to_bb_hi_20", "price_to_bb_lo_20", "bb_width_20", "bb_position", "obv_flow_20", "vol_ratio"),
    *("price_to_vwap_20", "vwap_z", "price_to_sma20", "price_to_sma50", "stoch_k", "stoch_d", "williams_r"),
    *("adx", "cci", "high_low_ratio", "close_to_high", "close_to_low", "ret_1"),
)
"""The Core-30, each member that carries a price or a volume replaced by its scale-free stand-in: what a
network learned at a price of 100 must hold at 300."""


@learner("bilstm", family="networks", needs=("torch", "onnx", "onnxruntime"), extra="torch")
@dataclass
class BiLSTMLearner:
    """The reference sizes; a run with smaller ones, fewer epochs or capped ``samples`` says so in its
    description.

    ``samples`` 0 learns from all rows, else from so many, evenly spaced in time. ``device`` is ``auto``,
    ``cpu``, ``cuda`` or ``mps``. ``watch`` (set it before the fit) hears of progress and keeps a
    checkpoint.
    """

    wanted: ClassVar[tuple[str, ...] | None] = SEQUENCE_30
    stops_early: ClassVar[bool] = True
    lookback: Lookback = 60
    hidden: tuple[Width, Width] = (128, 64)
    dense: tuple[Width, Width] = (64, 32)
    dropout: tuple[Part, Part, Part, Part] = (0.3, 0.3, 0.25, 0.2)
    rate: Share = 1e-3
    betas: tuple[Part, Part] = (0.9, 0.999)
    batch: Rounds = 64
    epochs: Rounds = 100
    patience: Rounds = 15
    samples: Count = 0
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    watch: Watch = field(default_factory=Watch, init=False)
    _scorer: OnnxScorer | None = field(default=None, init=False)
    _seen: dict[str, object] = field(default_factory=dict, init=False)

    def fit(self, train: Lesson, validation: Lesson, seed: int) -> None:
        """Learn, then keep the best weights as an ONNX graph."""
        import torch

        lesson = _thinned(train, self.samples)
        columns = len(lesson.rows.preparation.names)
        course = self._course(lesson, validation, seed)
        with limited_torch_threads(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = self.network(columns)
            self._seen = teach(network, self._taught(lesson), self._taught(validation), course, self.watch)
            self._scorer = OnnxScorer(export(network, self.lookback, columns))
        self._seen |= {
            "rows_learnt": len(lesson.rows),
            "rows_offered": len(train.rows),
            "weights": sum(parameter.numel() for parameter in network.parameters()),
        }

    def network(self, columns: int) -> Any:
        """The untrained torch module for ``columns`` factors."""
        return _build(columns, self.hidden, self.dense, self.dropout)

    def score(self, rows: Rows) -> Floats:
        """Log-odds, (R,), through ONNX Runtime."""
        if self._scorer is None:
            raise ModelError("The network is not fitted.", "Call fit, or load a saved version.")
        return self._scorer.score(rows.windows(self.lookback))

    def files(self) -> dict[str, bytes]:
        """The network as ONNX."""
        if self._scorer is None:
            raise ModelError("The network is not fitted.", "Call fit, or load a saved version.")
        return {"network.onnx": self._scorer.graph}

    def restore(self, files: Mapping[str, bytes]) -> None:
        """Become what was saved; torch is not needed for it."""
        self._scorer = OnnxScorer(files["network.onnx"])

    def importance(self) -> None:
        """None: see permutation importance."""
        return

    def notes(self) -> dict[str, object]:
        """Epochs run, the best one and its loss, rows learnt from, device."""
        return dict(self._seen)

    def _taught(self, lesson: Lesson) -> Taught:
        return Taught(lesson.rows.windows(self.lookback), lesson.up, lesson.weight)

    def _course(self, lesson: Lesson, validation: Lesson, seed: int) -> Course:
        sizes = (self.lookback, self.hidden, self.dense, self.dropout, self.rate, self.betas, self.batch)
        data = tuple(data_hash(part.rows.samples) for part in (lesson, validation))
        return Course(
            epochs=self.epochs,
            batch=self.batch,
            rate=self.rate,
            betas=self.betas,
            patience=self.patience,
            device=pick_device(self.device),
            seed=seed,
            fingerprint=sha256(to_json([sizes, lesson.rows.preparation.names, data, seed])),
        )


def _thinned(lesson: Lesson, samples: int) -> Lesson:
    if samples <= 0 or samples >= len(lesson.rows):
        return lesson
    kept = np.linspace(0, len(lesson.rows) - 1, samples).round().astype(np.int64)
    return Lesson(lesson.rows.take(kept), lesson.up[kept], lesson.weight[kept])


def _build(columns: int, hidden: tuple[int, int], dense: tuple[int, int], dropout: tuple[float, ...]) -> Any:
    import torch
    from torch import nn

    class BiLSTM(nn.Module):  # type: ignore[misc]
        """The second layer hands on the last state of each direction."""

        def __init__(self) -> None:
            super().__init__()
            self.first = nn.LSTM(columns, hidden[0], batch_first=True, bidirectional=True)
            self.second = nn.LSTM(2 * hidden[0], hidden[1], batch_first=True, bidirectional=True)
            self.between, self.after = nn.Dropout(dropout[0]), nn.Dropout(dropout[1])
            self.head = nn.Sequential(
                *(nn.Linear(2 * hidden[1], dense[0]), nn.ReLU(), nn.Dropout(dropout[2])),
                *(nn.Linear(dense[0], dense[1]), nn.ReLU(), nn.Dropout(dropout[3])),
                nn.Linear(dense[1], 1),
            )

        def forward(self, histories: Any) -> Any:
            """Log-odds (R,) of histories (R, lookback, columns)."""
            states, _ = self.first(histories)
            _, (last, _) = self.second(self.between(states))
            return self.head(self.after(torch.cat([last[0], last[1]], dim=1)))[:, 0]

    return BiLSTM()
