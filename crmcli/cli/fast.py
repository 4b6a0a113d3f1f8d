"""Values of options turned into their types here, since typer loads a validation library of 100 ms for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, get_args, get_origin

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class PlainValue:
    """What typer asks for a value of one parameter: texts, whole numbers, switches, choices and lists of texts."""

    kind: Any
    least: float | None
    most: float | None

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value in its type.

        Raises:
            typer.BadParameter: it is none.
        """
        if value is None or isinstance(value, bool):
            return () if value is None and (param.multiple or param.nargs == -1) else value
        if get_origin(self.kind) is list:
            return [str(item) for item in value]
        if isinstance(self.kind, type) and issubclass(self.kind, Enum):
            return self._choice(str(value), param, ctx)
        return self._number(str(value), param, ctx) if self.kind is int else str(value)

    def _choice(self, text: str, param: Any, ctx: Any) -> Any:
        choices = {str(choice.value): choice for choice in self.kind}
        if text.casefold() not in choices:
            known = ", ".join(map(repr, choices))
            raise typer.BadParameter(f"{text!r} is not one of {known}.", ctx=ctx, param=param)
        return choices[text.casefold()]

    def _number(self, text: str, param: Any, ctx: Any) -> int:
        try:
            number = int(text)
        except ValueError:
            raise typer.BadParameter(f"{text!r} is not a whole number.", ctx=ctx, param=param) from None
        if self.least is not None and number < self.least:
            raise typer.BadParameter(f"{number} is less than {self.least}.", ctx=ctx, param=param)
        if self.most is not None and number > self.most:
            raise typer.BadParameter(f"{number} is more than {self.most}.", ctx=ctx, param=param)
        return number


def without_validator(parameters: Iterable[Any]) -> None:
    """Let parameters of the kinds known here convert their values themselves.

    Should typer come to ask in another way, it does the work again as before: nothing depends on this.
    """
    for parameter in parameters:
        described: Any = getattr(parameter, "type_descriptor", None)
        kind = getattr(described, "annotation", None)
        if _is_known(kind):
            info = described.parameter_info
            parameter._runtime_param = PlainValue(kind, info.min, info.max)  # noqa: SLF001 — see above


def _is_known(kind: Any) -> bool:
    is_texts = get_origin(kind) is list and get_args(kind) == (str,)
    is_enum = isinstance(kind, type) and issubclass(kind, Enum)
    return is_texts or is_enum or kind in {str, int, bool}
