"""Templates are filled with text that stays text, and can neither do harm nor go on for ever."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hostile import NAMES
from hypothesis import example, given
from hypothesis import strategies as st
from rendered import cells

from crmcli.analysis.views import Kind
from crmcli.errors import CrmcliError, InternalError, UsageError
from crmcli.reporting.escape import visible
from crmcli.reporting.filling import fill
from crmcli.reporting.job import Fill, Limits
from crmcli.reporting.language import Language
from crmcli.reporting.render import check, check_plain, render, tidy
from crmcli.reporting.roots import Choice, Roots, choose
from crmcli.reporting.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

LABELS = {"words.yes": "yes", "words.no": "no", "hello": "Hello {name}", "n.one": "{count} *", "n.other": "{count} **"}
EN = Language("en", LABELS, "labels.en.toml", currency="GBP")
HOSTILE = "A|B <b> [x](y)"
INERT = r"A\|B &lt;b&gt; \[x\](y)"
CONTEXT: dict[str, Any] = {
    "name": HOSTILE,
    "count": 1234567,
    "amount": Decimal("-12.50"),
    "part": 0.5,
    "day": dt.date(2026, 11, 21),
    "missing": None,
    "names": ["|", HOSTILE],
    "table": {
        "columns": [{"kind": "text", "label": "Who"}, {"kind": "number", "label": "n_1"}],
        "rows": [["a|b", 1.5], ["c", 22.25]],
    },
}
SHORT = Limits(seconds=1, bytes=1 << 28, characters=1_000_000)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Choice]:
    """Templates in a folder; the choice of the first."""

    def write(source: str, **others: str) -> Choice:
        for name, text in {"page": source, **others}.items():
            (tmp_path / f"{name}.md.j2").write_text(text, encoding="utf-8")
        return Choice("page.md.j2", Roots((tmp_path,)))

    return write


@pytest.fixture
def filled(write: Callable[..., Choice]) -> Callable[..., str]:
    """What a template makes of the context, without a process of its own."""

    def filled(source: str, **others: str) -> str:
        return fill(Fill(CONTEXT, write(source, **others), EN), 1_000_000)

    return filled


@pytest.fixture
def error(write: Callable[..., Choice]) -> Callable[..., list[str]]:
    """The lines of the error that a template ends in."""

    def error(source: str, limits: Limits = SHORT, **others: str) -> list[str]:
        with pytest.raises(UsageError) as caught:
            render(CONTEXT, write(source, **others), EN, limits)
        lines = caught.value.lines()
        assert len(lines) <= 3
        assert all(line.isprintable() for line in lines)
        return lines

    return error


def test_a_report_is_rendered(write: Callable[..., Choice]) -> None:
    source = "# {{ name }}\n\n\n\n\n{% for row in table|cells %}\n| {{ row[0] }} | {{ row[1] }} |\n{% endfor %}\n\n\n"
    assert render(CONTEXT, write(source), EN) == f"# {INERT}\n\n| a\\|b | 1.50 |\n| c | 22.25 |\n"


def test_bytes_depend_on_nothing_else(write: Callable[..., Choice], monkeypatch: pytest.MonkeyPatch) -> None:
    choice = write("{{ name }} {{ count }} {{ amount }} {{ day }} {% for key in table %}{{ key }}{% endfor %}")
    first = render(CONTEXT, choice, EN)
    for name, value in {"TZ": "Asia/Tokyo", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "7", "PYTHONPATH": "/x"}.items():
        monkeypatch.setenv(name, value)
    assert render(CONTEXT, choice, EN) == first


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("{{ name }}", INERT),
        ("{{ 'a|b' }} |", r"a\|b |"),
        ("{{ name ~ '|' ~ count }}", rf"{INERT}\|1,234,567"),
        ("{{ name|upper }}", r"A\|B &lt;B&gt; \[X\](Y)"),
        ("{{ name|e }} {{ name|escape|escape }}", f"{INERT} {INERT}"),
        ("{{ names|join('|') }}", rf"\|\|{INERT}"),
        ("{{ names|map('upper')|first }}{{ names|last|truncate(6, true, '|') }}", r"\|A\|B &lt;\|"),
        ("{{ [table]|map(attribute='columns')|first|map(attribute='label')|join(', ') }}", r"Who, n\_1"),
        ("{{ [table]|join(', ', attribute='rows') if false else name[:3] }}", r"A\|B"),
        ("{{ name if count else '' }}{{ missing|default('|', true) }}", rf"{INERT}\|"),
        ("{{ label('hello', name=name) }} {{ 'hello'|label(name='|') }}", rf"Hello {INERT} Hello \|"),
        ("{{ plural('n', 1) }} {{ plural('n', 2000) }}", r"1 \* 2,000 \*\*"),
        ("{% set x = name %}{{ x }}{% with y = name %}{{ y }}{% endwith %}", INERT * 2),
        ("{% for n in names %}{{ loop.index }}{{ n }}{% endfor %}", rf"1\|2{INERT}"),
        ("{{ cycler(name, 'b').next() }}{% set j = joiner('|') %}{{ j() }}{{ j() }}", rf"{INERT}\|"),
        ("{{ namespace(x=name).x }}{{ dict(x=name).x }}{{ dict(x=name)|dictsort|first|last }}", INERT * 3),
    ],
)
def test_values_are_escaped_however_they_get_there(filled: Callable[..., str], source: str, wanted: str) -> None:
    assert filled(source) == wanted


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("*a* | <b> {{ '' }}", "*a* | <b> "),
        ("{% macro m(x) %}*{{ x }}*{% endmacro %}{{ m(name) }}", f"*{INERT}*"),
        ("{% macro m(x) %}*{{ x }}*{% endmacro %}{{ m(m('|')) }}", r"**\|**"),
        ("{% macro m(x) %}*{{ x }}*{% endmacro %}{{ m('|') ~ '|' }} {{ '|' ~ m('|') }}", r"*\|*\| \|*\|*"),
        ("{% macro m(x) %}*{{ x }}*{% endmacro %}{{ m('|') + '|' }} {{ '|' + m('|') }}", r"*\|*\| \|*\|*"),
        ("{% macro m(x) %}*{{ x }}*{% endmacro %}{{ [m('|'), name]|join('|') }}", rf"*\|*\|{INERT}"),
        ("{% macro m(x) %} *{{ x }}* {% endmacro %}{{ m('|')|trim }}{{ m(1)|trim|trim }}", r"*\|**1*"),
        ("{% macro m() %}*{{ caller() }}*{% endmacro %}{% call m() %}<{{ name }}>{% endcall %}", f"*<{INERT}>*"),
        ("{% macro m() %}*{{ caller(name) }}*{% endmacro %}{% call(x) m() %}<{{ x }}>{% endcall %}", f"*<{INERT}>*"),
        ("{% set x %}**{{ name }}**{% endset %}{{ x }}", f"**{INERT}**"),
        ("{% set x | trim %} **{{ name }}** {% endset %}{{ x }}", f"**{INERT}**"),
        ("{% filter indent(2, true) %}*{{ name }}*\n\nx{% endfilter %}", f"  *{INERT}*\n\n  x"),
        ("{% block a %}*{{ name }}*{% endblock %} {{ self.a() }}", f"*{INERT}* *{INERT}*"),
        ("{% for x in [1, [2]] recursive %}*{{ x if x is number else loop(x) }}*{% endfor %}", "*1***2**"),
    ],
)
def test_templates_are_not_escaped_nor_anything_twice(filled: Callable[..., str], source: str, wanted: str) -> None:
    assert filled(source) == wanted


def test_parts_come_from_other_templates(filled: Callable[..., str]) -> None:
    base = "{% block a %}*{{ name }}*{% endblock %}{% block b %}b{% endblock %}"
    macros = "{% macro m(x) %}<{{ x }}>{% endmacro %}{% set y = '|' %}{% set z %}*{% endset %}"
    assert filled("{% extends 'base.md.j2' %}{% block a %}[{{ super() }}]{% endblock %}", base=base) == f"[*{INERT}*]b"
    assert filled("{% include 'base.md.j2' %}", base=base) == f"*{INERT}*b"
    assert filled("{% import 'm.md.j2' as m %}{{ m.m(name) }}{{ m.y }}{{ m.z }}", m=macros) == rf"<{INERT}>\|*"
    assert filled("{% from 'm.md.j2' import m, z %}{{ m('|') }}{{ z }}", m=macros) == r"<\|>*"


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("{{ count }} {{ part }} {{ amount }}", "1,234,567 0.5 −£12.50"),
        ("{{ day }} {{ missing }} {{ true }}", "2026-11-21 – yes"),
        ("{{ amount|money(0, sign=true) }} {{ 5|money(sign=true) }} {{ missing|money }}", "−£12 +£5.00 –"),
        ("{{ part|share }} {{ part|share(0) }} {{ part|number(2) }}", "50.0% 50% 0.50"),
        ("{{ count|integer }} {{ day|date }}", "1,234,567 2026-11-21"),
        ("{{ amount|cell('money') }} {{ day|cell('date') }} {{ 'a;b'|cell('flags') }}", "−12.50 2026-11-21 a; b"),
        ("{{ 'as it is'|money }}", "as it is"),
        ("{% for c in table.columns %}---{% if c.kind is numeric %}:{% endif %}{% endfor %}", "------:"),
    ],
)
def test_figures_are_those_of_the_language(filled: Callable[..., str], source: str, wanted: str) -> None:
    assert filled(source) == wanted


@given(st.text(st.characters(codec=None, exclude_categories=())))
@example("\x00\x1b[31m\u202e|<script>{{7*7}}")
def test_any_text_is_one_cell(text: str) -> None:
    template = Sandbox(Roots(), EN, ()).from_string(
        "| a | b |\n|---|---|\n{% for x in xs %}| {{ x }} |{{ x }}|\n{% endfor %}"
    )
    assert cells(template.render(xs=[text])) == [["a", "b"], [visible(text)] * 2]


def test_hostile_names_are_inert(write: Callable[..., Choice]) -> None:
    source = "| a |\n|---|\n{% for x in xs %}\n| {{ x }} |\n{% endfor %}\n"
    made = render({"xs": [*NAMES, "{{7*7}}", "{% raw %}"]}, write(source), EN)
    assert [row[0] for row in cells(made)[1:]] == [visible(name) for name in (*NAMES, "{{7*7}}", "{% raw %}")]


@pytest.mark.parametrize(
    ("source", "line", "what", "remedy"),
    [
        ("a\n{{ nam }}", 2, "there is no 'nam'", "Did you mean 'name'?"),
        ("{{ zzzzz }}", 1, "there is no 'zzzzz'", "There are: amount, count, day"),
        ("{{ table.row }}", 1, "there is no key 'row' here", "Did you mean 'rows'?"),
        ("{{ table['columns'][0].knd }}", 1, "there is no key 'knd' here", "Did you mean 'kind'?"),
        ("{{ names[7] }}", 1, "a list has no 7", None),
        ("{% if nothing %}x{% endif %}", 1, "there is no 'nothing'", None),
        ("{% for x in nothing %}x{% endfor %}", 1, "there is no 'nothing'", None),
        ("{{ nothing ~ 'x' }}", 1, "there is no 'nothing'", None),
        ("{{ nothing|money }}", 1, "there is no 'nothing'", None),
        ("{{ table }}", 1, "a table of keys cannot be printed", "Loop over it"),
        ("{{ names ~ 'x' }}", 1, "a list cannot be printed", None),
        ("{{ table|money }}", 1, "the filter money takes no table of keys", None),
        ("\n\n{% if %}", 3, "Expected an expression", None),
        ("{{ name|nosuch }}", 1, "No filter named 'nosuch'", None),
        ("{{ label('helo') }}", 1, "labels.en.toml has no label 'helo'", "Did you mean 'hello'?"),
        ("{{ label('hello') }}", 1, "hello asks for {name}, which is not given", "None are given."),
        ("{{ label('hello', name=nam) }}", 1, "there is no 'nam'", "Did you mean 'name'?"),
        ("{{ label('hello', name=names) }}", 1, "a list cannot be printed", None),
        ("{{ plural('n', name) }}", 1, "plural counts with numbers, not with a str", None),
        ("{{ plural('n', nam) }}", 1, "there is no 'nam'", None),
        ("{% for r in names|cells %}{% endfor %}", 1, "list indices must be integers", None),
        ("{% for r in {}|cells %}{% endfor %}", 1, "there is no key 'columns' here", None),
        ("{{ 1|cell('cash') }}", 1, "'cash' is not a valid Kind", None),
        ("{% include 'pag.md.j2' %}", 1, "there is no template 'pag.md.j2'", "Did you mean 'page.md.j2'?"),
        ("{{ 1 / 0 }}", 1, "division by zero", None),
        ("{{ 'a' * 3 }}", 1, "* is not for str and int here", "Join texts with ~"),
        ("{{ '%s' % name }}", 1, "% is not for str here", "Join texts with ~"),
        ("{{ 2 ** 2 }}", 1, "** is not for int here", None),
    ],
)
def test_errors_name_template_line_and_remedy(
    error: Callable[..., list[str]], source: str, line: int, what: str, remedy: str | None
) -> None:
    lines = error(source)
    assert lines[0].startswith(f"page.md.j2, line {line}: ")
    assert what in lines[0]
    assert remedy is None or lines[1].startswith(remedy)


def test_errors_name_the_template_they_are_in(error: Callable[..., list[str]]) -> None:
    assert error("{% include 'b.md.j2' %}", b="\n{{ nam }}")[0].startswith("b.md.j2, line 2: there is no 'nam'")
    assert error("\n{% extends 'b.md.j2' %}", b="\n\n{% if")[0].startswith("b.md.j2, line 3: ")
    assert error("{% from 'b.md.j2' import m %}{{ m() }}", b="\n{% macro m() %}\n{{ nam }}{% endmacro %}")[
        0
    ].startswith("b.md.j2, line 3")


@pytest.mark.parametrize(
    "source",
    [
        "{{ name.__class__ }}",
        "{{ ''['__class__'].__mro__ }}",
        "{{ ([name]|map(attribute='__class__')|list)[0].mro() }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ label.__func__.__globals__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ self.__init__.__globals__ }}",
        "{{ dict.__subclasses__() }}",
        "{{ dict.mro() }}",
        "{{ range.__self__ }}",
        "{{ name.format(1) }}",
        "{{ '{0.__class__}'.format(name) }}",
        "{{ name.format_map(table) }}",
        "{% set t %}{}{% endset %}{{ t.format(name) }}",
        "{{ name.encode() }}",
        "{{ day.today() }}",
        "{{ day.strftime('%c') }}",
        "{{ amount.as_tuple() }}",
        "{{ names.append(1) }}",
        "{{ table.update(x=1) }}",
        "{{ table.pop('rows') }}",
        "{{ lipsum() }}",
        "{% autoescape false %}{{ name }}{% endautoescape %}",
        "{% filter upper %}{{ name }}{% endfilter %}",
        "{% filter trim|replace('a', 'b') %}{{ name }}{% endfilter %}",
        "{% set x | upper %}{{ name }}{% endset %}",
        "{% call label('hello', name=name) %}{% endcall %}",
        "{% call names.index(name) %}{% endcall %}",
        *(
            f"{{{{ name|{name} }}}}"
            for name in ("safe", "forceescape", "tojson", "urlize", "xmlattr", "striptags", "attr('x')")
        ),
        *(
            f"{{{{ name|{name} }}}}"
            for name in ("random", "pprint", "string", "format", "center", "wordwrap", "urlencode")
        ),
        "{% import 'os' as os %}",
        "{% do names.append(1) %}",
        "{% include '../secret' %}",
        "{% include '/etc/passwd' %}",
        "{% include ['/etc/passwd', 'page.md.j2'] %}",
        "{% extends '../../secret' %}",
        "{% import 'link' as x %}",
        "{% include 'link' ignore missing %}",
        "{% include name ~ '/../../secret' %}",
    ],
)
def test_templates_reach_nothing_but_their_data(error: Callable[..., list[str]], tmp_path: Path, source: str) -> None:
    (tmp_path.parent / "secret").write_text("the secret", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path.parent / "secret")
    assert "secret" not in " ".join(error(source)).replace("/secret", "")


def again(start: str, step: str) -> str:
    return f"{{% set s = namespace({start}) %}}{{% for i in range(60) %}}{step}{{% endfor %}}"


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "takes too long"),
        ("{% macro f(n) %}{% if n %}{{ f(n-1) ~ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}", "takes too long"),
        ("{% for a in range(99999) %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}", "more than a report can hold"),
        (again("x='ab'", "{% set s.x = s.x + s.x %}"), "needs too much memory"),
        (again("x=[1]", "{% set s.x = s.x + s.x %}"), "needs too much memory"),
        (again("x='a'", "{% set s.x %}{{ s.x }}{{ s.x }}{% endset %}"), "too"),
        (again("x='aa'", "{% set s.x = s.x.replace('a', s.x) %}"), "too much memory"),
        ("{{ [1]|batch(99999999999, 1)|list }}", "needs too much memory"),
        ("{{ 'x\n\n\nx'|indent(99999999999) }}", "needs too much memory"),
        ("{{ range(100001) }}", "Range too big"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "itself without end"),
        ("{% include 'page.md.j2' %}", "itself without end"),
        ("{% extends 'page.md.j2' %}", "itself without end"),
        ("{% import 'page.md.j2' as p %}", "itself without end"),
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "too deep or too large"),
        ("{% for a in [1] %}" * 40 + "{% endfor %}" * 40, "too deep or too large: too many statically nested blocks"),
        ("{{ " + "9" * 5000 + " }}", "too deep or too large: Exceeds the limit"),
    ],
)
def test_bombs_fail_within_seconds_and_say_so(error: Callable[..., list[str]], source: str, what: str) -> None:
    before = time.monotonic()
    lines = error(source)
    assert lines[0].startswith("page.md.j2")
    assert what in lines[0]
    assert time.monotonic() - before < 30  # Processor time is limited; this is patience with a busy machine.


def test_work_that_hears_no_signal_is_ended_by_the_system(error: Callable[..., list[str]]) -> None:
    # Comparing shared lists takes 2⁶⁰ steps inside one operation of the interpreter.
    doubled = again("a=[1], b=[1]", "{% set s.a = [s.a, s.a] %}{% set s.b = [s.b, s.b] %}")
    assert error(doubled + "{{ s.a == s.b }}") == [
        "page.md.j2: takes too long or needs too much memory; it was stopped.",
        "Look for loops, and for texts and lists that grow without end.",
    ]


FENCED = """
import os, sys
sys.path[:] = {path!r}
import pathlib, socket, subprocess, tempfile
from crmcli.reporting.job import FILLING
from crmcli.reporting.worker import fence
fence(FILLING)
done = []
def attempt(name, act):
    try:
        act()
    except Exception as error:
        pass
    else:
        done.append(name)
attempt("open", lambda: open({target!r}, "w"))
attempt("append", lambda: open({target!r}, "a"))
attempt("os.open", lambda: os.open({target!r}, os.O_CREAT | os.O_WRONLY))
attempt("path", lambda: pathlib.Path({target!r}).write_text("x"))
attempt("mkdir", lambda: os.mkdir({target!r}))
attempt("remove", lambda: os.remove({present!r}))
attempt("rename", lambda: os.rename({present!r}, {target!r}))
attempt("chmod", lambda: os.chmod({present!r}, 0o777))
attempt("link", lambda: os.symlink({present!r}, {target!r}))
attempt("system", lambda: os.system("true"))
attempt("run", lambda: subprocess.run(["true"]))
attempt("exec", lambda: os.execv("/bin/true", ["true"]))
attempt("kill", lambda: os.kill(os.getpid(), 0))
attempt("connect", lambda: socket.create_connection(("127.0.0.1", 9)))
attempt("socket", lambda: socket.socket())
attempt("temporary", lambda: tempfile.TemporaryFile())
attempt("read", lambda: open({present!r}).read())
print(done)
"""


def test_the_fence_holds_even_where_the_sandbox_should_not(tmp_path: Path) -> None:
    present = tmp_path / "present"
    present.write_text("x", encoding="utf-8")
    script = FENCED.format(path=sys.path, target=str(tmp_path / "new"), present=str(present))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "['read']\n"  # Templates are read while they are filled.
    assert [path.name for path in tmp_path.iterdir()] == ["present"]
    assert present.stat().st_mode & 0o777 != 0o777


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (print, "context.x is builtins.builtin_function_or_method"),
        (Path("x"), "context.x is pathlib."),
        (Kind.TEXT, "context.x is crmcli.analysis.views.Kind"),
        (Fraction(1, 2), "context.x is fractions.Fraction"),
        (dt.datetime(2026, 1, 1), "context.x is datetime.datetime"),  # noqa: DTZ001
        ({1, 2}, "context.x is builtins.set"),
        (b"x", "context.x is builtins.bytes"),
        ([{"y": [object()]}], r"context.x\[0\].y\[0\] is builtins.object"),
        ({1: 2}, "context.x has the key 1"),
        (type("Text", (str,), {})("x"), "context.x is .*Text"),
    ],
)
def test_only_plain_data_is_given_to_templates(value: object, problem: str) -> None:
    with pytest.raises(InternalError, match=problem):
        check_plain({"x": value})


def test_circles_are_no_plain_data() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(InternalError, match="nested too deeply"):
        check_plain({"x": circle})


def test_plain_data_is_taken() -> None:
    check_plain(CONTEXT | {"pair": (1, 2.5, True)})


def test_nothing_of_the_parent_changes(write: Callable[..., Choice]) -> None:
    before = signal.getsignal(signal.SIGPROF), signal.getitimer(signal.ITIMER_PROF)
    render(CONTEXT, write("x"), EN)
    assert (signal.getsignal(signal.SIGPROF), signal.getitimer(signal.ITIMER_PROF)) == before


def test_a_process_that_fails_is_told(write: Callable[..., Choice], monkeypatch: pytest.MonkeyPatch) -> None:
    choice = write("x")
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(InternalError, match=r"The process that makes reports failed: .*crmcli"):
        render(CONTEXT, choice, EN)
    monkeypatch.setattr(sys, "executable", "/absent/python")
    with pytest.raises(InternalError, match="cannot be started: No such file"):
        render(CONTEXT, choice, EN)


def test_a_template_may_be_any_file(tmp_path: Path) -> None:
    (tmp_path / "my report.txt").write_text("{{ name }}\n{% include 'part' %}", encoding="utf-8")
    (tmp_path / "part").write_text("part", encoding="utf-8")
    assert render(CONTEXT, choose(str(tmp_path / "my report.txt")), EN) == f"{INERT}\npart\n"


def test_tidying_leaves_lines_alone() -> None:
    assert tidy("\n\na\n \n\t\n\n  b  \r\nc\n\nd\n\n") == "a\n\n  b  \nc\n\nd\n"


def test_errors_are_crmcli_errors() -> None:
    assert issubclass(UsageError, CrmcliError)


def test_templates_are_checked_before_they_are_filled(write: Callable[..., Choice]) -> None:
    check(write("{% extends 'b.md.j2' %}{% import nothing as x %}", b="{% include 'c.md.j2' ignore missing %}"), EN)
    for source, other, what in [
        ("{% if %}", "", "page.md.j2, line 1: Expected an expression"),
        ("{% extends 'b.md.j2' %}", "\n{{ x|nosuch }}", "b.md.j2, line 2: No filter named 'nosuch'"),
        (
            "{% include ['c', 'b.md.j2'] %}",
            "{% include 'page.md.j2' %}{% autoescape true %}{% endautoescape %}",
            "b.md.j2, line 1",
        ),
    ]:
        with pytest.raises(UsageError) as caught:
            check(write(source, b=other), EN)
        assert caught.value.problem.startswith(what)
