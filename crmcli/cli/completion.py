"""What the shell offers for the values of options. Nothing here fails, and nothing here takes long."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_COMP_WORDS, _COMP_CWORD = "COMP_WORDS", "COMP_CWORD"
_SPECIAL = re.compile(r"([\s\"'\\$`&|;<>()*?\[\]{}!#~])")


def one_of(*values: str) -> Callable[[str], list[str]]:
    """Completion of an option that takes one of some words (and perhaps a file, which the shell completes itself)."""

    def complete(incomplete: str) -> list[str]:
        return [value for value in values if value.startswith(incomplete)]

    return complete


def complete_map(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Completion of `--map`: canonical names that are not mapped yet, then the headings of the files."""
    from crmcli.transactions.aliases import CANONICAL  # noqa: PLC0415 — only while completing

    canonical, equals, start = incomplete.partition("=")
    given = {item.partition("=")[0] for item in context.params.get("mapping") or ()}
    names = {name: text for name, text in CANONICAL.items() if name.startswith(canonical) and name not in given}
    if not equals and len(names) > 1:
        return [(f"{name}=", text) for name, text in names.items()]
    # With one name left, pairs are offered at once: after a lone `name=` bash would add a blank.
    name = canonical if equals else "".join(names)
    pairs = [(f"{name}={heading}", "") for heading in _headings(context) if name and heading.startswith(start)]
    return pairs or [(f"{name}=", text) for name, text in names.items() if not equals]


def complete_where(context: typer.Context, incomplete: str) -> list[str]:
    """Completion of `--where`: the headings of the files."""
    return [] if "=" in incomplete else [f"{name}=" for name in _headings(context) if name.startswith(incomplete)]


def complete_heading(context: typer.Context, incomplete: str) -> list[str]:
    """Completion of an option that names a column of the transactions."""
    return [name for name in _headings(context) if name.startswith(incomplete)]


def join_split_words(environ: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """The words of a bash command line with those put together again that bash splits at `=` and `:`.

    Returns:
        The changed variables, and what of the completed word stands before the part that bash will replace.
    """
    words = environ.get(_COMP_WORDS, "").split("\n")
    try:
        at = int(environ[_COMP_CWORD])
    except (KeyError, ValueError):
        return {}, ""
    joined: list[str] = []
    prefix, place = "", at
    for index, word in enumerate(words[: at + 1]):
        glued = index > 1 and (word in {"=", ":"} or words[index - 1] in {"=", ":"})
        if index == at:
            prefix = joined[-1] if glued and word not in {"=", ":"} else joined[-1] + word if glued else ""
            place = len(joined) - 1 if glued else len(joined)
        joined[-1:] = [joined[-1] + word] if glued else [*joined[-1:], word]
    return {_COMP_WORDS: "\n".join(joined), _COMP_CWORD: str(place)}, prefix


def for_bash(printed: str, prefix: str) -> str:
    """Completions as bash takes them: without what stands before the `=` it split at, special characters escaped."""
    # Of --map=customer_id=Buyer, the first part is not part of the value.
    value_prefix = prefix.partition("=")[2] if prefix.startswith("--") else prefix
    values = (value.removeprefix(value_prefix) for value in printed.splitlines())
    return "".join(_SPECIAL.sub(r"\\\1", value) + "\n" for value in values)


def is_bash_request(environ: Mapping[str, str]) -> bool:
    """Whether this run only has to print completions for bash."""
    return environ.get("_CRMCLI_COMPLETE") == "complete_bash"


def _headings(context: typer.Context) -> list[str]:
    from crmcli.cli.headings import headings  # noqa: PLC0415 — only while completing

    # While the option being completed has no value yet, the parser leaves the files among the arguments.
    files = context.params.get("files") or context.args
    return headings((os.path.expanduser(name) for name in files), context.params)  # noqa: PTH111
