"""What sections of the configuration are made of."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A part of the configuration; a key that it does not know is an error, and so is NaN or an infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def once(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names of which each stands there once; ValueError names one that does not."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        message = f"{twice[0]!r} stands in it twice"
        raise ValueError(message)
    return names


Name = Annotated[str, Field(min_length=1, max_length=64)]
Names = Annotated[tuple[Name, ...], Field(max_length=1_000), AfterValidator(once)]
"""Distinct names in the order given."""
