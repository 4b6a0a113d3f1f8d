"""A real browser, headless, that fetches nothing and remembers what a page asked for and complained of."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Route

QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run", "--disable-quic"),
)
LOCAL = ("file:", "data:")


@dataclass
class Visit:
    """A page in the browser, and what it did."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def measure(self, script: str) -> Any:
        """The value of a JavaScript expression in the page."""
        return self.page.evaluate(script)

    def comes_true(self, script: str, seconds: float = 5) -> bool:
        """Whether an expression turns true in time; the page itself must not be asked to wait, it runs no script."""
        for _ in range(round(seconds * 20)):
            if self.measure(script):
                return True
            self.page.wait_for_timeout(50)
        return False

    def hears(self, message: ConsoleMessage) -> None:
        """The console."""
        self.complaints.append(f"{message.type}: {message.text}")

    def fails(self, error: Error) -> None:
        """A script that ends in an error, if there were one."""
        self.complaints.append(str(error))

    def lets(self, route: Route) -> None:
        """A request: only what is on this machine, or in the page itself."""
        if route.request.url.startswith(LOCAL):
            route.continue_()
        else:
            self.left.append(route.request.url)
            route.abort()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser; the test is skipped where there is none."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium fonts-noto-cjk)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visit(
    browser: Browser,
    path: Path,
    *,
    width: int = 1280,
    scheme: Literal["light", "dark"] = "light",
    media: Literal["screen", "print"] = "screen",
) -> Iterator[Visit]:
    """The file in a window of this width, in pixels, with a light or dark preference, on screen or as for paper."""
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    made = Visit(page)
    page.on("console", made.hears)
    page.on("pageerror", made.fails)
    page.route("**/*", made.lets)
    try:
        page.emulate_media(media=media, color_scheme=scheme)
        page.goto(path.as_uri(), wait_until="load")
        yield made
    finally:
        page.close()
