"""Customer ids replaced by codes that only the holder of a key can make, the same in every report with that key.

A code is the first 80 bits of HMAC-SHA-256 (RFC 2104) of the id, in base 32. Whoever has the key and a list of
possible ids can find out which code is whose, so that the key must be kept as the ids would be; codes are pseudonyms,
not anonymity. Only ids are replaced: names, addresses and the like have no place in a report.
"""

from __future__ import annotations

import base64
import hmac
import re
import stat
from typing import TYPE_CHECKING, NamedTuple

from crmcli.errors import InputError, UsageError
from crmcli.notes import warning

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from crmcli.notes import Note

FLAG = "--pseudonymise"
SHORTEST_KEY_BYTES = 16
LONGEST_KEY_BYTES = 4_096
PREFIX = "c_"
_CODE_BYTES = 10
_SURE_LENGTH = 5
"""A bare word of a text so long that is an id counts as that id; a shorter one if it has letters and digits."""

_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_WORD = re.compile(r"[^\s,;()'\"]+")
_MAKE_KEY = "Make one: (umask 077; openssl rand -hex 32 > KEYFILE)"


class Key(NamedTuple):
    """A key, and what has to be said of its file."""

    value: bytes
    notes: tuple[Note, ...]


def read_key(path: Path) -> Key:
    """The key in a file: its bytes without line ends behind them.

    Raises:
        InputError: the file cannot be read.
        UsageError: it holds no key: too little, or too much.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_KEY_BYTES + 1)
            mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise InputError(f"{FLAG} {path}: {error.strerror or error}.", remedy=_MAKE_KEY) from None
    value = content.rstrip(b"\r\n")
    if len(content) > LONGEST_KEY_BYTES:
        raise UsageError(f"{FLAG} {path}: more than {LONGEST_KEY_BYTES:,} bytes are no key.", remedy=_MAKE_KEY)
    if len(value) < SHORTEST_KEY_BYTES:
        raise UsageError(
            f"{FLAG} {path}: {len(value)} bytes are no key; it takes at least {SHORTEST_KEY_BYTES}.", remedy=_MAKE_KEY
        )
    exposed = mode & (stat.S_IRGRP | stat.S_IROTH)
    said = f"{FLAG} {path}: others may read this key, and undo every code (chmod 600)"
    return Key(value, (warning("key_exposed", said),) if exposed else ())


class Pseudonyms:
    """Codes for ids, and texts with ids replaced by them.

    Args:
        key: secret bytes.
        ids: all ids of the run: no two may get one code, and each is looked for in texts.
    """

    def __init__(self, key: bytes, ids: Iterable[str] = ()) -> None:
        self._key = key
        self._codes: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        for one in ids:
            self.code(one)

    def code(self, customer_id: str) -> str:
        """The code of an id.

        Raises:
            UsageError: another id of this run has the same code.
        """
        known = self._codes.get(customer_id)
        if known is not None:
            return known
        digest = hmac.digest(self._key, customer_id.encode("utf-8", "surrogatepass"), "sha256")
        code = PREFIX + base64.b32encode(digest[:_CODE_BYTES]).decode().lower()
        if self._owners.setdefault(code, customer_id) != customer_id:
            raise UsageError(f"{FLAG}: two ids would get the code {code}.", remedy="Use another key.")
        self._codes[customer_id] = code
        return code

    def text(self, text: str) -> str:
        """A text with the ids in it replaced: quoted ones, and words that can hardly be anything else."""
        return _WORD.sub(self._word, _QUOTED.sub(self._quoted, text))

    def _quoted(self, match: re.Match[str]) -> str:
        inside = match[1] if match[1] is not None else match[2]
        code = self._codes.get(inside)
        return match[0] if code is None else match[0].replace(inside, code)

    def _word(self, match: re.Match[str]) -> str:
        word = match[0].rstrip(".:!?")
        code = self._codes.get(word) if _is_sure(word) else None
        return match[0] if code is None else code + match[0][len(word) :]


def _is_sure(word: str) -> bool:
    mixed = any(mark.isdigit() for mark in word) and any(mark.isalpha() for mark in word)
    return len(word) >= _SURE_LENGTH or (mixed and len(word) > 1)
