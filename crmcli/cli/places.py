"""Where a run writes: each output has a place of its own, and none of them is a file that the run reads."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.errors import UsageError
from crmcli.present.emit import STDOUT
from crmcli.present.output import check_target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crmcli.present.emit import Delivery
    from crmcli.transactions.notes import LoadNotes


def check_places(outputs: Mapping[str, str | None], inputs: Iterable[Path]) -> None:
    """Refuse before any work is done outputs that share a file, overwrite an input or cannot be written.

    Args:
        outputs: flag → the file it names, if given.
        inputs: files that the run reads.

    Raises:
        UsageError: two outputs go to one file.
        OutputError: an output is an input, or the system would refuse it.
    """
    known = tuple(inputs)
    taken: dict[Path, str] = {}
    for flag, name in outputs.items():
        if name is None or Path(name) == STDOUT:
            continue
        place = Path(name).resolve()
        # Devices and pipes take what comes; a file would keep the last output only.
        if place in taken and (place.is_file() or not place.exists()):
            raise UsageError(
                f"{taken[place]} and {flag} name the same file, {name}.", remedy="Give each of them its own file."
            )
        taken[place] = flag
        check_target(Path(name), inputs=known)


def protecting_inputs(delivery: Delivery, notes: LoadNotes) -> Delivery:
    """The delivery with every file that was read among those never overwritten: globs and directories hold many."""
    return dataclasses.replace(delivery, inputs=(*delivery.inputs, *(Path(file.label) for file in notes.files)))
