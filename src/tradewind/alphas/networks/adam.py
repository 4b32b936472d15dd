"""Adam (Kingma and Ba 2015) through torch's functional form.

``torch.optim.Adam`` gives the same steps, but its first one imports torch's compiler: a second or more, and
70 MB, in every worker that fits a network.
"""

from collections.abc import Iterable
from typing import Any


class Adam:
    """Steps of ``rate`` with decaying means of gradients and of their squares, ``betas`` their decays."""

    def __init__(self, parameters: Iterable[Any], rate: float, betas: tuple[float, float]) -> None:
        import torch

        self._parameters = list(parameters)
        self._rate, self._betas = rate, betas
        self._means = [torch.zeros_like(parameter) for parameter in self._parameters]
        self._squares = [torch.zeros_like(parameter) for parameter in self._parameters]
        self._steps = [torch.tensor(0.0) for _ in self._parameters]

    def step(self) -> None:
        """Move every parameter by its gradient, which must be there."""
        import torch
        from torch.optim.adam import adam

        with torch.no_grad():
            adam(
                self._parameters,
                [parameter.grad for parameter in self._parameters],
                self._means,
                self._squares,
                [],
                self._steps,
                amsgrad=False,
                beta1=self._betas[0],
                beta2=self._betas[1],
                lr=self._rate,
                weight_decay=0.0,
                eps=1e-8,
                maximize=False,
            )

    def state(self) -> dict[str, list[Any]]:
        """What a checkpoint keeps."""
        return {"means": self._means, "squares": self._squares, "steps": self._steps}

    def restore(self, state: dict[str, list[Any]]) -> None:
        """Go on from what :meth:`state` gave."""
        self._means, self._squares, self._steps = state["means"], state["squares"], state["steps"]
