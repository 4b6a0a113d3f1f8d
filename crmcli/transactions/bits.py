"""Sets of positions in a text as bits, 64 to a word: whole texts are compared, shifted and counted in a few steps.

A set over n bytes (n a multiple of 64) is an array of n / 64 words; position p is bit p % 64 of word p // 64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Bits: TypeAlias = "NDArray[np.uint64]"
Bools: TypeAlias = "NDArray[np.bool_]"
Bytes: TypeAlias = "NDArray[np.uint8]"
Places: TypeAlias = "NDArray[np.int64]"

WORD = 64
ONE = np.uint64(1)
TOP = np.uint64(WORD - 1)


def pack(members: Bools) -> Bits:
    """The set of the positions that are true."""
    return np.packbits(members, bitorder="little").view("<u8")


def equal(text: Bytes, byte: int) -> Bits:
    """The positions at which a byte occurs."""
    return pack(text == byte)


def at(places: Places, size: int) -> Bits:
    """The set of the given positions in a text of `size` bytes."""
    members = np.zeros(size, np.bool_)
    members[places] = True
    return pack(members)


def places_of(bits: Bits) -> Places:
    """The positions in a set, ascending."""
    if not bits.any():
        return np.zeros(0, np.int64)
    # NumPy finds the members of a Boolean array ten times faster than those of bytes.
    return np.flatnonzero(np.unpackbits(bits.view(np.uint8), bitorder="little").view(np.bool_))


def contains(bits: Bits, places: Places) -> Bools:
    """Whether each position is in the set."""
    return ((bits[places // WORD] >> (places % WORD).astype(np.uint64)) & ONE).astype(np.bool_)


def count_before(bits: Bits, places: Places) -> Places:
    """How many members precede each position."""
    sums = np.cumsum(np.bitwise_count(bits), dtype=np.int64)
    words = places // WORD
    lower = (ONE << (places % WORD).astype(np.uint64)) - ONE
    own = bits[words]
    return sums[words] - np.bitwise_count(own) + np.bitwise_count(own & lower)


def one_later(bits: Bits) -> Bits:
    """Each member moved to the next position."""
    moved = bits << ONE
    moved[1:] |= bits[:-1] >> TOP
    return moved


def one_earlier(bits: Bits) -> Bits:
    """Each member moved to the position before."""
    moved = bits >> ONE
    moved[:-1] |= bits[1:] << TOP
    return moved


def running_parity(bits: Bits) -> Bits:
    """The positions up to and with which the number of members is odd."""
    parity = bits.copy()
    for step in (1, 2, 4, 8, 16, 32):
        parity ^= parity << np.uint64(step)
    carried = np.bitwise_xor.accumulate(parity >> TOP)
    # Zero minus one is a word of ones: it inverts each word before which an odd number of members stands.
    parity[1:] ^= np.uint64(0) - carried[:-1]
    return parity
