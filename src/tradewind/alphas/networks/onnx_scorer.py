"""Asking a trained network through ONNX Runtime: no torch, one thread, no code in the file."""

import io
import warnings
from typing import Any

import numpy as np

from tradewind.alphas.preparation import Windows
from tradewind.alphas.threads import THREADS
from tradewind.core.errors import ModelError
from tradewind.core.panel import Floats

BATCH = 32
"""Rows asked at once: few enough that their states lie in a core's cache; 500 at once ran 15 % slower."""


class OnnxScorer:
    """A network in ONNX form that gives one log-odds a row."""

    def __init__(self, graph: bytes) -> None:
        self.graph = graph
        self._session = _session(graph)

    def score(self, windows: Windows) -> Floats:
        """Log-odds of the histories, (R,) float64 of float32 results."""
        scores = np.empty(len(windows))
        for start in range(0, len(windows), BATCH):
            part = slice(start, start + BATCH)
            try:
                (scores[part],) = self._session.run(None, {"histories": windows.cut(part)})
            except _runtime_errors() as error:
                message = (
                    f"ONNX Runtime could not judge histories of shape {windows.cut(part).shape}: {error}."
                )
                raise ModelError(message, "Check that lookback and factors are those of the fit.") from error
        return scores


def export(network: Any, lookback: int, columns: int) -> bytes:
    """The network (a torch module on the CPU) as an ONNX graph, any number of rows at once.

    The TorchScript exporter is used: the newer one needs a further library and gives the same graph.
    """
    import torch

    network.eval()
    example = torch.zeros((2, lookback, columns), dtype=torch.float32)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # It says that it is the older exporter, and that an LSTM's zero initial state depends on the batch:
        # it is exported as a shape computation, which a test asks with batches of other sizes.
        for kind in (DeprecationWarning, UserWarning, torch.jit.TracerWarning):
            warnings.simplefilter("ignore", kind)
        torch.onnx.export(
            network,
            (example,),
            buffer,
            input_names=["histories"],
            output_names=["log_odds"],
            dynamic_axes={"histories": {0: "rows"}, "log_odds": {0: "rows"}},
            opset_version=17,
            dynamo=False,
        )
    return buffer.getvalue()


def _session(graph: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = THREADS
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except _runtime_errors() as error:
        message = f"The stored network is not an ONNX graph that can be run: {error}."
        raise ModelError(message, "Restore it from a copy, or train the model again.") from error


def _runtime_errors() -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises; its own errors share no base but Exception."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    kinds = (kind for kind in vars(state).values() if isinstance(kind, type) and issubclass(kind, Exception))
    return (ValueError, RuntimeError, *kinds)
