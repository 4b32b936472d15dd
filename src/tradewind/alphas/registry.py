"""Models by name. Adding one is adding one file to ``rules``, ``classical``, ``trees`` or ``networks``.

``MODELS.get("xgboost")()`` is an unfitted model with the reference parameters; keywords change them
(``MODELS.get("xgboost")(trees=60)``), and the model's description then says what was capped.
"""

from collections.abc import Callable
from pathlib import Path

from tradewind.alphas.artefacts import identity_of, load_files
from tradewind.core.ports import Model
from tradewind.core.registry import Registry

Build = Callable[..., Model]
"""Builds an unfitted model; keywords are its parameters."""

MODELS: Registry[Build] = Registry("model", "tradewind.alphas")


def load_model(folder: Path) -> Model:
    """The model saved in ``folder``, of whatever kind it is.

    Raises
    ------
    ModelError
        The folder holds no model, or a file of it is missing or changed.
    RegistryError
        The model's kind is not known here, or its library is not installed.
    """
    identity = identity_of(load_files(folder), folder)
    model = MODELS.get(identity.model)(**identity.parameters)
    model.load(folder)
    return model
