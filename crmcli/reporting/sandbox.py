"""The engine that fills templates: Jinja in a sandbox in which whatever is not known to be Markdown gets escaped.

Jinja's own marks of safety (`markupsafe.Markup`) mean HTML and count for nothing here. `Markdown` is made only by
blocks and macros, whose parts were escaped when they were printed. Everything else that reaches the output is escaped
by `finalize`.
"""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn

from jinja2 import (
    BaseLoader,
    StrictUndefined,
    Template,
    TemplateNotFound,
    TemplateSyntaxError,
    meta,
    nodes,
    pass_eval_context,
)
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.runtime import BlockReference, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment, safe_range
from jinja2.utils import Cycler, Joiner, Namespace, missing

from crmcli.errors import did_you_mean
from crmcli.reporting.escape import Markdown, escaped
from crmcli.reporting.filters import KEEPING, filters, labels, tests, text_of, together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping
    from types import CodeType

    from jinja2 import Environment
    from jinja2.nodes import EvalContext
    from jinja2.runtime import Context, Undefined

    from crmcli.reporting.language import Language
    from crmcli.reporting.roots import Roots

_TEXT = frozenset(
    {"startswith", "endswith", "lower", "upper", "strip", "lstrip", "rstrip", "split", "replace", "title", "capitalize"}
    | {"removeprefix", "removesuffix", "isdigit", "find", "count", "join"}
)
_ATTRIBUTES: Mapping[type, frozenset[str]] = {
    str: _TEXT,
    Markdown: frozenset(),
    dict: frozenset({"items", "keys", "values", "get"}),
    list: frozenset({"index", "count"}),
    tuple: frozenset({"index", "count"}),
    dt.date: frozenset({"year", "month", "day", "isoformat", "weekday", "isoweekday"}),
    dt.timedelta: frozenset({"days"}),
}
"""What templates may ask of plain values; nothing of others. A date, say, could tell today's."""
_OF_ENGINE = (Namespace, LoopContext, BlockReference, TemplateModule, Cycler, Joiner)
_NUMBERS = (int, float, Decimal)
_SHOWN_KEYS = 8


class Sandbox(ImmutableSandboxedEnvironment):
    """Templates of some folders, in one language."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, roots: Roots, language: Language, names: Iterable[str]) -> None:
        super().__init__(
            loader=_Loader(roots),
            undefined=_undefined({*names}),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            finalize=_finalize(language),
            auto_reload=False,
        )
        self._roots = roots
        self.template_class = _template_class(lambda values: together(text_of(value, language) for value in values))
        self.filters = filters(language)
        self.tests.update(tests())
        self.globals = {
            "range": safe_range,
            "dict": dict,
            "namespace": Namespace,
            "cycler": Cycler,
            "joiner": Joiner,
            **labels(language),
        }

    def named_by(self, name: str) -> list[str]:
        """The templates that one extends, includes or imports by a name that stands in it, if they exist."""
        source, _, _ = _Loader(self._roots).get_source(self, name)
        named = meta.find_referenced_templates(self.parse(source, name))
        return [other for other in named if other is not None and self._roots.read(other) is not None]

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Attributes of plain values are those of a list; objects of the engine show what is not private."""
        if not super().is_safe_attribute(obj, attr, value):
            return False
        is_of_engine = isinstance(obj, _OF_ENGINE) or attr in getattr(type(obj), "_fields", ())  # Groups are tuples.
        return is_of_engine or attr in _ATTRIBUTES.get(type(obj), ())

    def wrap_str_format(self, value: Any) -> None:
        """No method `format`: that of Markdown would put text into it without escaping."""

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805, PYI063 (as in Jinja)
        """What a macro or block makes is Markdown: its parts were escaped when they were printed."""
        if "caller" in kwargs and not isinstance(__obj, Macro):
            raise SecurityError("only macros can be called with a block.")
        made = super().call(__context, __obj, *args, **kwargs)
        return Markdown(made) if isinstance(__obj, Macro | BlockReference | LoopContext) else made

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic is for numbers: by these operators texts and lists would grow, and texts be filled unescaped."""
        if operator == "**" or not (isinstance(left, _NUMBERS) and isinstance(right, _NUMBERS)):
            raise SecurityError(
                f"{operator} is not for {_types(left, right)} here.\nJoin texts with ~, and write figures with filters."
            )
        return super().call_binop(context, operator, left, right)

    def handle_exception(self, source: str | None = None) -> NoReturn:  # noqa: ARG002 (as in Jinja)
        """Errors stay as they are raised; `crmcli.reporting.failures` finds template and line itself."""
        error = sys.exception()
        assert error is not None  # noqa: S101 (Jinja calls this while it handles one)
        raise error

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in tree.find_all((nodes.EvalContextModifier, nodes.FilterBlock, nodes.AssignBlock)):
            _check(node, name)
        return tree

    def compile(self, source: Any, name: Any = None, filename: Any = None, **options: Any) -> Any:  # type: ignore[override]
        """As in Jinja, but what Python says of too deep or too large a template is an error of the template."""
        try:
            return super().compile(source, name, filename, **options)
        except (SyntaxError, ValueError, OverflowError, RecursionError) as error:
            what = error.msg if isinstance(error, SyntaxError) else str(error).partition(";")[0]
            raise TemplateSyntaxError(f"too deep or too large: {what}.", 1, name, filename) from error


class _Loader(BaseLoader):
    """Reads templates from their folders."""

    def __init__(self, roots: Roots) -> None:
        self._roots = roots

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, None]:  # noqa: ARG002
        found = self._roots.read(template)
        if found is None:
            hint = did_you_mean(template, self._roots.names())
            raise TemplateNotFound(template, f"there is no template {template!r}.\n{hint or ''}")
        where, text = found
        return text, where, None


def _template_class(join: Callable[[Iterable[Any]], str]) -> type[Template]:
    """Templates whose code joins and marks texts by our rules in the place of Jinja's, which are those of HTML."""

    class _Template(Template):
        @classmethod
        def from_code(
            cls,
            environment: Environment,
            code: CodeType,
            globals: MutableMapping[str, Any],  # noqa: A002 (as in Jinja)
            uptodate: Callable[[], bool] | None = None,
        ) -> Template:
            made = super().from_code(environment, code, globals, uptodate)
            names = made.root_render_func.__globals__
            names.update(Markup=Markdown, escape=escaped, markup_join=join, str_join=join)
            return made

    return _Template


def _finalize(language: Language) -> Callable[[EvalContext, Any], Markdown]:
    """What stands between a value and the output."""

    @pass_eval_context  # So that literals in templates, too, are finalised when it runs and not when it is compiled.
    def finalize(_: EvalContext, value: Any) -> Markdown:
        return escaped(text_of(value, language))

    return finalize


def _undefined(names: set[str]) -> type[Undefined]:
    """Names that are not there: using one is an error that names it and its like."""

    class _Absent(StrictUndefined):
        __slots__ = ()

        @property
        def _undefined_message(self) -> str:
            if self._undefined_hint:
                return self._undefined_hint
            name, holder = self._undefined_name, self._undefined_obj
            if isinstance(holder, dict):
                return f"there is no key {name!r} here.\n{_hint(name, holder)}"
            if holder is not missing:
                return f"a {type(holder).__name__} has no {name!r}."
            return f"there is no {name!r}.\n{_hint(name, names)}"

    return _Absent


def _hint(name: object, known: Iterable[object]) -> str:
    texts = sorted(key for key in known if isinstance(key, str))
    listed = ", ".join(texts[:_SHOWN_KEYS]) + (" …" if len(texts) > _SHOWN_KEYS else "")
    return did_you_mean(str(name), texts) or (f"There are: {listed}." if texts else "")


def _types(*values: object) -> str:
    return " and ".join(dict.fromkeys(type(value).__name__ for value in values))


def _check(node: nodes.Node, name: str | None) -> None:
    """Refuse what would print without escaping, or change what has been escaped."""
    if isinstance(node, nodes.EvalContextModifier):
        raise TemplateSyntaxError("escaping cannot be turned off or on.", node.lineno, name)
    applied = node.filter if isinstance(node, nodes.FilterBlock | nodes.AssignBlock) else None
    while isinstance(applied, nodes.Filter):
        if applied.name not in KEEPING:
            raise TemplateSyntaxError(
                f"the filter {applied.name} cannot be laid over a block.\nThese can: {', '.join(sorted(KEEPING))}.",
                node.lineno,
                name,
            )
        applied = applied.node  # type: ignore[assignment]
