"""Who gave a word, in faces: the record holds the name sealed, so it is read only when it is shown."""

from collections.abc import Callable

from tradewind.core.events import Sealed

NameOf = Callable[[Sealed], str]


def by_key(sealed: Sealed) -> str:
    """What stands for the name where no keys are at hand."""
    return f"the holder of key {sealed.key_id}"


def by_whom(text: str, operator: Sealed | None, name_of: NameOf) -> str:
    """The sentence with another one that says who; as it is where nobody was named."""
    return text if operator is None else f"{text} By {name_of(operator)}."
