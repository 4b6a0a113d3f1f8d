"""The profiles that ship with crmcli, and what `--profile` says about their use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.errors import InputError, UsageError, did_you_mean
from crmcli.transactions.profile import recognise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.transactions.profile import Profile

_FOLDER = Path(__file__).with_name("profiles")
_SUFFIX = ".toml"


@dataclass(frozen=True, slots=True)
class ProfileChoice:
    """Which profiles may be used: those that ship with crmcli as far as they fit, none, or one for every file."""

    known: bool = True
    imposed: Profile | None = None

    def profile_for(self, header: Sequence[str], label: str) -> Profile | None:
        """The profile of a file with this header.

        Raises:
            InputError: two fit equally well, or the imposed one does not fit.
        """
        if self.imposed is None:
            return recognise(header, known_profiles(), label) if self.known else None
        missing = self.imposed.missing(header)
        if missing:
            raise InputError(
                f"{label} is no {self.imposed.title}: it lacks {', '.join(map(repr, missing))}",
                remedy="Let the headings decide (--profile auto), or use none (--profile none)",
            )
        return self.imposed


AUTO = ProfileChoice()
NONE = ProfileChoice(known=False)


def choose_profile(text: str) -> ProfileChoice:
    """`--profile`: auto, none, the name of a known profile, or a TOML file.

    Raises:
        UsageError: neither of these, or a file that cannot be read or states no profile.
    """
    if text in {"auto", "none"}:
        return AUTO if text == "auto" else NONE
    if text in profile_names():
        return ProfileChoice(imposed=_known(text))
    if Path(text).suffix == _SUFFIX or Path(text).is_file():
        return ProfileChoice(imposed=_own(text))
    names = ("auto", "none", *profile_names())
    raise UsageError(
        f"--profile {text}: neither a known profile nor a file",
        remedy=did_you_mean(text, names) or f"Known: {', '.join(names)}, or the path of a TOML file",
    )


@cache
def profile_names() -> tuple[str, ...]:
    """The names of the profiles that ship with crmcli."""
    return tuple(sorted(file.stem for file in _FOLDER.glob(f"*{_SUFFIX}")))


@cache
def known_profiles() -> tuple[Profile, ...]:
    """The profiles that ship with crmcli."""
    return tuple(_known(name) for name in profile_names())


@cache
def _known(name: str) -> Profile:
    return _parsed(_FOLDER.joinpath(name + _SUFFIX).read_text(encoding="utf-8"), name)


def _own(path: str) -> Profile:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"--profile {path}: the file is not UTF-8 text") from None
    except OSError as error:
        raise UsageError(f"--profile {path}: {error.strerror}") from None
    return _parsed(text, path)


def _parsed(text: str, source: str) -> Profile:
    # tomllib takes longer to import than most runs need to find out that no profile is wanted.
    from crmcli.transactions.profile_text import parse_profile  # noqa: PLC0415

    return parse_profile(text, source)
