"""`crmcli report` from arguments to files, exit codes and words."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command import crmcli
from hostile import CONTROLS
from life_shop import life_shop

from crmcli.locking import held

if TYPE_CHECKING:
    from command import Outcome

AN_ID = re.compile(r"\bL\d{3}\b")
"""Ids of the shop's customers."""

FEW = "\n".join(["customer_id,date,amount", *(f"L{n:03d},2024-06-{1 + n % 25:02d},{5 + n}" for n in range(50))]) + "\n"
"""A shop to which nobody has come back yet: no forecast, and a report in no time."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shop.csv").write_text(life_shop(), encoding="utf-8")
    (tmp_path / "few.csv").write_text(FEW, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run that writes everything, for tests that only look."""
    folder = tmp_path_factory.mktemp("usual")
    (folder / "shop.csv").write_text(life_shop(), encoding="utf-8")
    for name in ("report.md", "report.html"):
        outcome = crmcli("report", folder / "shop.csv", "-o", folder / name, "--facts", folder / f"{name}.json")
        assert (outcome.code, outcome.stdout) == (0, b""), outcome.stderr
    return folder


def run(*arguments: str | Path, environment: dict[str, str] | None = None) -> Outcome:
    outcome = crmcli("report", *arguments, environment=environment)
    assert "Traceback" not in outcome.stderr
    assert len([line for line in outcome.message_lines if "error" in line]) <= 1
    return outcome


def test_markdown_has_its_pictures_beside_it(usual: Path) -> None:
    text = (usual / "report.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\]\((report-pictures/[a-z-]+\.svg) ", text))
    assert named == {f"report-pictures/{path.name}" for path in (usual / "report-pictures").iterdir()}
    assert len(named) >= 7
    assert text.startswith("# Customer report\n")


def test_html_is_one_file(usual: Path) -> None:
    page = (usual / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert set(re.findall(r"""(?:src|href)=["']?(\w+:|#|//|[\w./])""", page)) <= {"data:", "#"}
    assert len(page.encode()) < 500_000
    assert sorted(path.name for path in usual.iterdir()) == sorted(
        ["report.html", "report.html.json", "report.md", "report.md.json", "report-pictures", "shop.csv"]
    )


def test_facts_do_not_depend_on_the_kind_of_document(usual: Path) -> None:
    markdown, html = (json.loads((usual / f"report.{kind}.json").read_bytes()) for kind in ("md", "html"))
    assert markdown["facts"] == html["facts"]
    assert markdown["facts"]["customers"] == 150
    assert (markdown["command"], markdown["every"]) == ("report", "week")


def test_no_customer_is_named_unless_wanted(usual: Path) -> None:
    assert AN_ID.findall((usual / "report.md").read_text(encoding="utf-8")) == []
    page = (usual / "report.html").read_text(encoding="utf-8")
    assert AN_ID.findall(re.sub("data:[^\"']*", "", page)) == []


@pytest.mark.usefixtures("folder")
def test_without_an_output_markdown_goes_to_stdout_without_pictures() -> None:
    outcome = run("shop.csv", "--include-customers", "2")
    assert outcome.code == 0
    assert outcome.table.startswith("# Customer report\n")
    assert "![" not in outcome.table
    assert len(set(AN_ID.findall(outcome.table))) >= 4


@pytest.mark.usefixtures("folder")
def test_pictures_can_be_embedded_or_left_out() -> None:
    assert run("few.csv", "-o", "one.md", "--embed").code == 0
    assert Path("one.md").read_text(encoding="utf-8").count("](data:image/svg+xml;base64,") >= 3
    assert run("few.csv", "-o", "none.md", "--no-pictures").code == 0
    assert "![" not in Path("none.md").read_text(encoding="utf-8")
    assert sorted(path.name for path in Path().iterdir()) == ["few.csv", "none.md", "one.md", "shop.csv"]


def test_a_true_condition_is_an_alert_after_the_report_is_written(folder: Path) -> None:
    outcome = run("few.csv", "-o", "r.md", "--facts", "f.json", "--fail-if", "customers > 49 and nrr < 100")
    assert outcome.code == 6
    assert "crmcli: alert: customers > 49 and nrr < 100: customers = 50 is above 49" in outcome.stderr
    assert (folder / "r.md").exists()
    (verdict,) = json.loads((folder / "f.json").read_bytes())["alerts"].values()
    assert verdict["outcome"] == "true"


@pytest.mark.usefixtures("folder")
def test_a_false_condition_says_nothing() -> None:
    assert run("-q", "few.csv", "-o", "r.md", "--fail-if", "customers < 50").message_lines == []


@pytest.mark.usefixtures("folder")
def test_a_condition_that_cannot_be_judged_does_not_pass_in_silence() -> None:
    outcome = run("-q", "few.csv", "-o", "r.md", "--fail-if", "overdue_share > 10%")
    assert outcome.code == 4
    assert "overdue_share is missing" in outcome.stderr
    assert Path("r.md").exists()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("shop.csv", "--fail-if", "nrrr < 1"), 2, "'nrr'"),
        (("shop.csv", "-o", "report.pdf"), 2, ".md"),
        (("shop.csv", "-o", "shop.csv", "--format", "markdown"), 3, "never overwritten"),
        (("shop.csv", "--every", "year"), 2, "week, month"),
        (("shop.csv", "--lang", "fr"), 2, "en, zh"),
        (("shop.csv", "--template", "weakly"), 2, "weekly"),
        (("shop.csv", "--payments", "p.csv"), 2, "--invoices"),
        (("shop.csv", "--lock"), 2, "-o FILE"),
        (("few.csv", "--customer-id", "nobody"), 2, "nobody"),
        (("shop.csv", "--horizon", "soon"), 2, "--horizon"),
        (("shop.csv", "--map", "invoices.amount=X"), 2, "--invoices"),
        (("shop.csv", "--facts", "-"), 2, "same place"),
        (("-", "--customers", "-"), 2, "twice"),
        ((), 2, "No transaction files"),
        (("missing.csv",), 3, "missing.csv"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_does_not_fit_is_refused_in_words(arguments: tuple[str, ...], code: int, words: str) -> None:
    outcome = run(*arguments)
    assert outcome.code == code
    assert words in outcome.stderr
    assert not Path("report.pdf").exists()


def test_a_lock_that_is_held_ends_the_run(folder: Path) -> None:
    with held(folder / "r.md"):
        outcome = run("few.csv", "-o", "r.md", "--lock")
    assert outcome.code == 5
    assert not (folder / "r.md").exists()
    assert run("few.csv", "-o", "r.md", "--lock", "--no-pictures").code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["few.csv", "r.md", "shop.csv"]


@pytest.mark.usefixtures("folder")
def test_ids_can_be_replaced_by_codes() -> None:
    Path("key").write_bytes(b"0123456789abcdef")
    Path("key").chmod(0o600)
    more = ("--pseudonymise", "key", "-o", "r.md", "--no-pictures", "--facts", "facts.json")
    with Path("shop.csv").open("a", encoding="utf-8") as file:
        file.write("L007,soon,0-1,5.00,tea,0,\n")  # A bad row, which facts would quote.
    outcome = run("shop.csv", "--include-customers", "3", *more)
    text = Path("r.md").read_text(encoding="utf-8")
    assert outcome.code == 0
    assert AN_ID.findall(text) == []
    assert AN_ID.findall(Path("facts.json").read_text(encoding="utf-8")) == []
    assert len(set(re.findall(r"c\\?_[0-9a-z]{8,}", text))) >= 4


@pytest.mark.usefixtures("folder")
def test_chinese_has_chinese_headings_and_advice() -> None:
    text = run("shop.csv", "--lang", "zh").table
    assert text.startswith("# 客户报告\n")
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert not [line for line in headings if re.search("[A-Za-z]{4}", line)]


@pytest.mark.usefixtures("folder")
def test_the_page_of_a_customer_is_about_that_customer_alone() -> None:
    text = run("shop.csv", "--customer-id", "L007").table
    assert set(AN_ID.findall(text)) == {"L007"}
    assert text.startswith("# Customer page: L007\n")


def test_templates_can_be_taken_out_changed_and_used(folder: Path) -> None:
    assert run("--eject", "own").code == 0
    assert {"base.md.j2", "weekly.md.j2", "labels.en.toml", "labels.zh.toml"} <= {
        path.name for path in Path("own").iterdir()
    }
    assert run("--eject", "own").code == 3  # Nothing is overwritten.
    own = '{% extends "crmcli/weekly.md.j2" %}{% block period %}Hello {{ facts.customers }}.\n\n{% endblock %}'
    (folder / "own" / "weekly.md.j2").write_text(own)
    assert "\nHello 50.\n" in run("few.csv", "--template-dir", "own").table
    (folder / "mine.md.j2").write_text("{{ facts.customers }} {{ facts.custmers }}")
    outcome = run("few.csv", "--template", "mine.md.j2")
    assert outcome.code == 2
    assert "mine.md.j2" in outcome.stderr
    assert "'customers'" in outcome.stderr


@pytest.mark.usefixtures("folder")
def test_the_time_of_making_is_never_the_clock() -> None:
    assert "2024-06-25" in run("few.csv").table
    text = run("few.csv", environment={"SOURCE_DATE_EPOCH": "1767225600"}).table
    assert "2026-01-01 00:00 UTC" in text
    assert run("few.csv", environment={"SOURCE_DATE_EPOCH": "soon"}).code == 2


HOSTILE = ("A|B", "<script>alert(1)</script>", "[/x]", "{{7*7}}", "=1+1", "\u202etxt.exe", "`rm`", "![x](http://x.y/z)")


@pytest.mark.parametrize("name", ["report.md", "report.html"])
def test_hostile_names_are_inert(name: str, tmp_path: Path) -> None:
    rows = [
        f'"{who}",2024-{month:02d}-{1 + place:02d},{10 + place * month}'
        for month in range(1, 7)
        for place, who in enumerate(HOSTILE)
    ]
    (tmp_path / "in.csv").write_text("\n".join(["customer_id,date,amount", *rows]) + "\n", encoding="utf-8")
    out = tmp_path / name
    outcome = run(tmp_path / "in.csv", "-o", out, "--include-customers", "20")
    assert outcome.code == 0, outcome.stderr
    text = out.read_text(encoding="utf-8")
    assert not set(text) & (CONTROLS - {"\n"})
    assert "49" not in re.findall(r"(?<![\d.])49(?![\d.%])", text)
    if name.endswith(".html"):
        assert "<script" not in text
        assert 'src="http' not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    else:
        assert "&lt;script&gt;" in text
        assert "![x](http" not in text


@pytest.mark.usefixtures("folder")
def test_open_items_without_payments_make_a_section_of_what_is_known() -> None:
    invoices = ["invoice_id,customer_id,invoice_date,due_date,amount", "1,L001,2024-05-01,2024-05-31,10.00"]
    Path("invoices.csv").write_text("\n".join([*invoices, "2,L002,2024-06-01,2024-07-01,5.50"]) + "\n")
    outcome = run(
        "few.csv", "--invoices", "invoices.csv", "--template", "credit", "--facts", "facts.json", "-o", "r.md"
    )
    assert outcome.code == 0, outcome.stderr
    assert "| 1–30 days overdue | 10.00 |" in Path("r.md").read_text(encoding="utf-8")
    facts = json.loads(Path("facts.json").read_bytes())["facts"]
    assert (facts["receivables"], facts["overdue"], facts["overdue_share"]) == (15.5, 10, None)
