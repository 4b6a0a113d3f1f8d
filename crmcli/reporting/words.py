"""What the sections of a report need of a language: its labels and its way to write figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from crmcli.analysis.views import Kind


class Words(Protocol):
    """A language; `crmcli.reporting.language.Language` is one."""

    @property
    def code(self) -> str:
        """Its code, en or zh."""

    def text(self, key: str, **values: object) -> str:
        """The label of a dotted key with `{name}` filled in; an unknown key is an error."""

    def find(self, key: str) -> str | None:
        """The label of a dotted key as it stands, if there is one."""

    def cell(self, value: object, kind: Kind | str) -> str:
        """A figure, date or text as people read it, by its kind; plain text, not escaped."""
