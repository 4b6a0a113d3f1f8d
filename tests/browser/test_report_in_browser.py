"""Reports in a real browser: quiet, self-contained, and readable on a phone, in a dark room and on paper."""

from __future__ import annotations

import base64
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import chromium, visit
from command import crmcli
from hostile import NAMES

from crmcli.reporting.escape import escaped
from crmcli.reporting.html import page
from crmcli.reporting.language import load_language
from crmcli.reporting.roots import Roots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

SAMPLE = Path(__file__).parents[2] / "sample_data"
INPUTS = {
    "--invoices": "invoices.csv",
    "--payments": "payments.csv",
    "--customers": "customers.csv",
    "--campaigns": "campaign_contacts.csv",
    "--receipts": "campaign_receipts.csv",
    "--expenses": "campaign_expenses.csv",
}
PAGES = ("en", "zh", "hostile")
PHONE, SMALLEST_PHONE, A4_BETWEEN_MARGINS = 375, 320, 688
LONG_ID = "0123456789abcdef" * 8
PICTURE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="680" height="60"><style>text{fill:#1f2430}'
    b"@media screen and (prefers-color-scheme:dark){text{fill:#e8ebf1}}</style>"
    b'<text x="4" y="40" font-size="40">Picture</text></svg>'
)

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TEXTS = "[...document.querySelectorAll('img')].map(i => [i.alt, i.naturalWidth, i.getBoundingClientRect().width])"
LUMINANCE = """
colour => {
  const [r, g, b] = colour.match(/[0-9.]+/g).map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report of the sample with all of its sections in both languages, and one of hostile names."""
    assert browser.is_connected()  # Skips before the work.
    folder = tmp_path_factory.mktemp("pages")
    made = {name: folder / f"{name}.html" for name in PAGES}
    flags = [word for flag, name in INPUTS.items() for word in (flag, SAMPLE / name)]
    for language in ("en", "zh"):
        outcome = crmcli(
            *("-q", "report", SAMPLE / "transactions.csv", "--lang", language, "--include-customers", "5"),
            *(*flags, "-o", made[language]),
        )
        assert outcome.code == 0, outcome.stderr
    made["hostile"].write_text(hostile_page(), encoding="utf-8")
    return made


def hostile_page() -> str:
    """Names that try to be more, and tables too wide for any phone, one cell of which has no place to break."""
    names = [escaped(name) for name in (*NAMES, "<img src=https://e.example/x onerror=alert(1)>", LONG_ID)]
    head = "|" + " Column of figures |" * 12 + "\n|" + " ---: |" * 12 + "\n"
    rows = "".join(f"| {name} |" + " 1,234,567.89 |" * 11 + "\n" for name in names)
    headings = "".join(f"\n## {name}\n\n{name}\n\n- {name}\n" for name in names)
    text = f'# Names\n\n{headings}\n{head}{rows}\n![Alt](p.svg "Title")\n'
    language = load_language("en", Roots())
    return page(text, title="Names", language=language, pictures={"p.svg": PICTURE}, roots=Roots())


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_quiet_and_asks_for_nothing(browser: Browser, pages: dict[str, Path], name: str, scheme: str) -> None:
    with visit(browser, pages[name], scheme="dark" if scheme == "dark" else "light") as seen:
        assert seen.measure("document.querySelectorAll('h2').length") > 5
        assert seen.complaints == []
        assert seen.left == []


@pytest.mark.parametrize("name", PAGES)
def test_every_picture_is_shown_and_has_an_alternative_text(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    with visit(browser, pages[name]) as seen:
        pictures = seen.measure(TEXTS)
    assert len(pictures) >= (1 if name == "hostile" else 6)
    assert all(text.strip() and natural > 0 and 0 < shown <= natural + 1 for text, natural, shown in pictures)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [PHONE, SMALLEST_PHONE])
def test_nothing_scrolls_sideways_on_a_phone_but_tables_by_themselves(
    browser: Browser, pages: dict[str, Path], name: str, width: int
) -> None:
    with visit(browser, pages[name], width=width) as seen:
        assert seen.measure(OVERFLOW) == 0
        wide = "[...document.querySelectorAll('.table')].filter(t => t.scrollWidth > t.clientWidth)"
        assert seen.measure(f"{wide}.length") > 0
        # All of them are reached and moved by the keyboard.
        assert seen.measure(f"{wide}.every(t => (t.focus(), document.activeElement === t && t.ariaLabel !== ''))")
        seen.page.keyboard.press("ArrowRight")
        assert seen.comes_true("document.activeElement.scrollLeft > 0")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_any_light(browser: Browser, pages: dict[str, Path], name: str, scheme: str) -> None:
    with visit(browser, pages[name], scheme="dark" if scheme == "dark" else "light") as seen:
        behind = seen.measure(f"({LUMINANCE})(getComputedStyle(document.body).backgroundColor)")
        assert (behind < 0.05) is (scheme == "dark")
        colours = "[...new Set([...document.querySelectorAll('main *')].map(e => getComputedStyle(e).color))]"
        for lightness in seen.measure(f"{colours}.map({LUMINANCE})"):
            low, high = sorted((lightness, behind))
            assert (high + 0.05) / (low + 0.05) >= 4.5


@pytest.mark.parametrize("name", ["en", "hostile"])
def test_pictures_turn_dark_with_the_page(browser: Browser, pages: dict[str, Path], name: str) -> None:
    brightest = {}
    for scheme in ("light", "dark"):
        with visit(browser, pages[name], scheme="dark" if scheme == "dark" else "light") as seen:
            brightest[scheme] = extremes(browser, seen.page.locator("img").first.screenshot())
    assert brightest["light"][1] > 240  # Dark marks on a white page …
    assert brightest["light"][0] < 110
    assert brightest["dark"][0] < 60  # … and light marks on a dark one.
    assert brightest["dark"][1] > 140


def extremes(browser: Browser, png: bytes) -> tuple[int, int]:
    """The darkest and brightest grey of a picture, as the browser reads it."""
    page = browser.new_page()
    found = page.evaluate(
        """async address => {
          const picture = new Image();
          picture.src = address;
          await picture.decode();
          const canvas = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
          canvas.drawImage(picture, 0, 0);
          const data = canvas.getImageData(0, 0, picture.width, picture.height).data;
          let low = 255, high = 0;
          for (let i = 0; i < data.length; i += 4) {
            const grey = (data[i] + data[i + 1] + data[i + 2]) / 3;
            low = Math.min(low, grey);
            high = Math.max(high, grey);
          }
          return [low, high];
        }""",
        f"data:image/png;base64,{base64.b64encode(png).decode()}",
    )
    page.close()
    return round(found[0]), round(found[1])


@pytest.mark.parametrize("name", PAGES)
def test_paper_holds_everything_and_is_white(browser: Browser, pages: dict[str, Path], name: str) -> None:
    with visit(browser, pages[name], width=A4_BETWEEN_MARGINS, scheme="dark", media="print") as seen:
        assert seen.measure(OVERFLOW) == 0
        edges = "[...document.querySelectorAll('table, img')].map(e => e.getBoundingClientRect().right)"
        assert max(seen.measure(edges)) <= A4_BETWEEN_MARGINS
        assert seen.measure("[...document.querySelectorAll('nav')].every(n => getComputedStyle(n).display === 'none')")
        assert seen.measure(f"({LUMINANCE})(getComputedStyle(document.body).color)") < 0.05
        assert seen.measure("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_in_order_for_those_who_hear_it(browser: Browser, pages: dict[str, Path], name: str) -> None:
    with visit(browser, pages[name]) as seen:
        levels = seen.measure("[...document.querySelectorAll('h1, h2, h3, h4')].map(h => Number(h.tagName[1]))")
        assert levels.count(1) == 1
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
        assert seen.measure("document.documentElement.lang") == ("zh-Hans" if name == "zh" else "en")
        assert seen.measure("document.title.trim() !== ''")
        links = "[...document.querySelectorAll('nav a')].map(a => decodeURIComponent(a.hash.slice(1)))"
        assert seen.measure(f"{links}.length") > 5
        assert seen.measure(f"{links}.every(id => document.getElementById(id) !== null)")
        assert seen.measure("new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size") == seen.measure(
            "document.querySelectorAll('[id]').length"
        )


def test_hostile_names_are_seen_as_text(browser: Browser, pages: dict[str, Path]) -> None:
    with visit(browser, pages["hostile"]) as seen:
        text = seen.measure("document.body.innerText")
        assert "<img src=https://e.example/x onerror=alert(1)>" in text
        assert "<b>&amp;</b>" in text
        assert seen.measure("document.querySelectorAll('main b, main script, main a:not(nav a)').length") == 0
