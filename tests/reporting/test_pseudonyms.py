"""Codes in the place of ids: stable, keyed, checked, also in texts; and the file of the key."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.errors import InputError, UsageError
from crmcli.reporting import pseudonyms
from crmcli.reporting.pseudonyms import Pseudonyms, read_key

if TYPE_CHECKING:
    from pathlib import Path

KEY = b"0123456789abcdef"
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def test_a_code_is_eighty_bits_of_the_hmac_in_base_32() -> None:
    code = Pseudonyms(KEY).code("17850")
    number = int.from_bytes(hmac.new(KEY, b"17850", hashlib.sha256).digest()[:10])
    digits = [number >> (5 * place) & 31 for place in reversed(range(16))]
    assert code == "c_" + "".join(ALPHABET[digit] for digit in digits)


@given(st.text(), st.text(), st.binary(min_size=16, max_size=40), st.binary(min_size=16, max_size=40))
def test_codes_tell_ids_and_keys_apart_and_nothing_else(one: str, other: str, key: bytes, other_key: bytes) -> None:
    found = Pseudonyms(key, [one])
    assert re.fullmatch("c_[a-z2-7]{16}", found.code(one))
    assert found.code(one) == Pseudonyms(key).code(one)
    assert (found.code(one) == found.code(other)) is (one == other)
    # HMAC fills short keys up with zeros.
    if key.rstrip(b"\0") != other_key.rstrip(b"\0"):
        assert found.code(one) != Pseudonyms(other_key).code(one)


def test_two_ids_with_one_code_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pseudonyms, "_CODE_BYTES", 1)
    with pytest.raises(UsageError, match="two ids would get the code") as caught:
        Pseudonyms(KEY, map(str, range(300)))
    assert caught.value.remedy == "Use another key."


@pytest.mark.parametrize(
    ("text", "coded"),
    [
        ("customer '007' has two rows", "customer '{007}' has two rows"),
        ('"007", "7"', '"{007}", "{7}"'),
        ("17850 bought most.", "{17850} bought most."),
        ("C1, (C1): C1; C1!", "{C1}, ({C1}): {C1}; {C1}!"),
        ("7 customers of 007", "7 customers of 007"),
        ("17,850 rows, 178500 and X17850", "17,850 rows, 178500 and X17850"),
        ("a customer named 'a'", "a customer named '{a}'"),
        ("'it''s 007'", "'it''s 007'"),
        ("", ""),
    ],
)
def test_ids_in_texts_are_replaced_where_they_are_meant(text: str, coded: str) -> None:
    found = Pseudonyms(KEY, ["007", "7", "17850", "C1", "a"])
    expected = re.sub(r"\{(.+?)\}", lambda match: found.code(match[1]), coded)
    assert found.text(text) == expected


@given(st.lists(st.text("abcXYZ019-_", min_size=5, max_size=9), min_size=1, max_size=5, unique=True), st.text())
def test_no_long_id_stays_in_a_text(ids: list[str], other: str) -> None:
    found = Pseudonyms(KEY, ids)
    text = found.text(" ".join([*ids, *map(repr, ids), f"({ids[0]})."]))
    assert not [one for one in ids if one in re.split(r"[\s,;()'\".]+", text)]
    assert Pseudonyms(KEY).text(other) == other


@pytest.mark.parametrize("content", [b"0123456789abcdef", b"0123456789abcdef\n", b"0123456789abcdef\r\n"])
def test_a_key_is_what_the_file_holds_without_line_ends(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    assert read_key(path) == (KEY, ())


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "0 bytes are no key"), (b"short\n", "5 bytes"), (b"x" * 4097, "more than 4,096")]
)
def test_what_is_no_key_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=says) as caught:
        read_key(path)
    assert "openssl rand" in str(caught.value.remedy)


def test_a_key_that_cannot_be_read_is_an_input_error(tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(InputError, match="--pseudonymise"):
            read_key(path)


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, True), (0o604, True), (0o400, False)])
def test_a_key_that_others_may_read_is_warned_of(tmp_path: Path, mode: int, warned: bool) -> None:  # noqa: FBT001
    path = tmp_path / "key"
    path.write_bytes(KEY)
    path.chmod(mode)
    notes = read_key(path).notes
    assert [note.code for note in notes] == (["key_exposed"] if warned else [])
