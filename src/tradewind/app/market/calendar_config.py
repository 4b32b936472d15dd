"""The ``calendars:`` section: which calendars of releases concern which instruments."""

from typing import Annotated

from pydantic import Field

_Name = Annotated[str, Field(min_length=3, max_length=100, pattern=r"^[^:\s]+:\S+$")]
_Key = Annotated[str, Field(min_length=1, max_length=64)]
_Names = Annotated[tuple[_Name, ...], Field(max_length=100)]

CalendarsConfig = Annotated[
    dict[_Key, _Names],
    Field(max_length=100_000, description="calendars (fred:10) by the symbol they concern; * is all"),
]
