"""What the files of one run must have in common, though each reads well by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcli.errors import InputError
from crmcli.transactions.amount_styles import currencies

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from crmcli.transactions.ids import IdReading


def require_one_currency(parts: Sequence[tuple[str, str, Collection[str]]]) -> None:
    """Currency columns and the signs beside amounts must all be able to mean one currency, over all files.

    Args:
        parts: of each part of the input the name of its first file, what its column of currencies says (empty without
            one) and the signs beside its amounts.

    Raises:
        InputError: naming two currencies and where they stand.
    """
    columns = {currency: file for file, currency, _ in reversed(parts) if currency}
    signs = {sign: file for file, _, found in reversed(parts) for sign in found}
    found = columns if len(columns) > 1 else signs | columns
    if len(columns) > 1 or not currencies(found)[1]:
        files = [file for file, _, _ in parts]
        (currency, first), (other, second) = sorted(found.items(), key=lambda item: files.index(item[1]))[:2]
        raise InputError(
            f"{first} holds amounts in {currency}, {second} in {other}",
            extent="Amounts of different currencies are never added up.",
            remedy="Read the files of each currency on their own, or keep the rows of one with --where.",
        )


def require_ids_of_one_kind(parts: Sequence[tuple[str, IdReading]]) -> None:
    """A number that a typed file holds as 17850.0 must not be an id of its own in a text file.

    Args:
        parts: of each part of the input the name of its first file, and how its customer ids read.

    Raises:
        InputError: naming a file of either kind.
    """
    stripped = next((file for file, ids in parts if ids.integral or ids.cast == "integer"), None)
    kept = next((file for file, ids in parts if ids.kept_floats), None)
    if stripped and kept:
        raise InputError(
            f"customers are written like 17850.0 in {stripped} and in {kept}, but {kept} holds other ids as well",
            extent="So 17850.0 reads as 17850 in the one and stays 17850.0 in the other.",
            remedy="Write the ids of both files in the same way, as text.",
        )
