"""The ``postgres:`` section: a server that keeps the store; files of the home do where no address is given.

The password is the variable ``TRADEWIND_POSTGRES_PASSWORD`` and stands in no file.
"""

from pydantic import BaseModel, ConfigDict, Field


class PostgresConfig(BaseModel):
    """Where the database is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        default="", max_length=300, description="postgresql://USER@HOST:5432/DATABASE; empty is off"
    )
    namespace: str = Field(
        default="tradewind", min_length=1, max_length=41, description="the schema that all tables are in"
    )
