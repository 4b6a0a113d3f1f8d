"""Small text files that an option names: rules, rates, policies."""

from __future__ import annotations

from pathlib import Path

from crmcli.errors import UsageError


def read_text(path: str, flag: str) -> str:
    """A small UTF-8 text file named by an option.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{flag} {path}: the file is not UTF-8 text") from None
    except OSError as error:
        raise UsageError(f"{flag} {path}: {error.strerror}") from None
