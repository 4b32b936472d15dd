"""Reads a script of faults from its file."""

from pathlib import Path

import yaml

from tradewind.core.errors import ConfigError
from tradewind.execution.venue_server.faults.script import Fault
from tradewind.execution.venue_server.faults.script import read_faults as read_rows


def read_faults(path: Path | None) -> list[Fault]:
    """The faults of a YAML file; none where no file is named. ConfigError names what is wrong."""
    if path is None:
        return []
    try:
        rows = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        words = " ".join(str(error).split())
        message = f"The faults of {path} cannot be read: {words}."
        raise ConfigError(message, "Give a YAML file with a list of faults.") from error
    return read_rows(rows or [])
