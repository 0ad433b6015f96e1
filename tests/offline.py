"""A real browser without a network: pages remember what they asked for and what their scripts complained of."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NO_CHROMIUM = "there is no chromium here"


@contextmanager
def chromium() -> Iterator[Any]:
    """The system's Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-quic"])
        yield browser
        browser.close()


@contextmanager
def page_at(browser: Any, address: str, *, width: int = 1440, height: int = 900, **how: Any) -> Iterator[Any]:
    """A page opened with the network closed; `page.asked` are the addresses it wanted, `page.said` its complaints."""
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **how)
    page = context.new_page()
    page.asked, page.said = [], []
    page.route("http*://**", lambda route: route.abort())
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.goto(address)
    yield page
    context.close()


def beyond(page: Any) -> list[str]:
    """The addresses a page asked for, other than itself, what it carries and plotly's script beside it."""
    asked = (
        url for url in page.asked if not url.startswith("data:") and url.partition("#")[0] != page.url.partition("#")[0]
    )
    return [url for url in asked if not (url.startswith("file:") and "/assets/plotly-" in url)]


def axe() -> str:
    """axe-core's script, as its package carries it."""
    spec = find_spec("axe_core_python")
    assert spec is not None and spec.origin is not None
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def axe_violations(page: Any) -> list[str]:
    """What axe finds, each with the first place."""
    page.evaluate(axe())
    told = "(found) => found.violations.map((v) => `${v.id}: ${v.nodes[0].html}`)"
    found = f"axe.run({{ resultTypes: ['violations'] }}).then({told})"
    return list(page.evaluate(found))
