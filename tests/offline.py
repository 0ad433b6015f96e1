"""A real browser without a network: pages remember what they asked for and what their scripts complained of."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
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
    with window(browser, width=width, height=height, **how) as opened:
        yield opened(address)


@contextmanager
def window(browser: Any, *, width: int = 1440, height: int = 900, **how: Any) -> Iterator[Callable[[str], Any]]:
    """What opens pages one after the other in one window: a window of its own takes a page a second more."""
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **how)
    page = context.new_page()
    page.asked, page.said = [], []
    page.route("http*://**", lambda route: route.abort())
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))

    def opened(address: str) -> Any:
        page.goto("about:blank")  # else an address that differs in its fragment alone would be the page as it was left
        page.set_viewport_size({"width": width, "height": height})
        page.asked.clear()
        page.said.clear()
        page.emulate_media(media="null", color_scheme=how.get("color_scheme", "null"))
        page.goto(address)
        return page

    yield opened
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


def axe_violations(page: Any, contrast: bool = True) -> list[str]:
    """What axe finds, each with the first place; without its reading of contrast, three quarters of the time, which
    `faint` gives in a tenth of a second.
    """
    page.evaluate(axe())
    told = "(found) => found.violations.map((v) => `${v.id}: ${v.nodes[0].html}`)"
    rules = "" if contrast else ", rules: { 'color-contrast': { enabled: false } }"
    found = f"axe.run({{ resultTypes: ['violations']{rules} }}).then({told})"
    return list(page.evaluate(found))


SMALL = """() => {
  const all = document.querySelectorAll("a[href], button, input, select, summary, [role=button]");
  const inText = (one) => one.tagName === "A" && getComputedStyle(one).display === "inline"
    && one.parentElement.textContent.trim() !== one.textContent.trim();
  return [...all].filter((one) => one.getClientRects().length && !inText(one)).flatMap((one) => {
    const { width, height } = one.getBoundingClientRect();
    return Math.min(width, height) < 23.9 ? [`${Math.round(width)}x${Math.round(height)} ${one.outerHTML.slice(0, 120)}`] : [];
  });
}"""


def small_targets(page: Any) -> list[str]:
    """What is to be touched and measures less than 24 CSS pixels (WCAG 2.2, 2.5.8); links within a text may."""
    return list(page.evaluate(SMALL))


FAINT = """() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const painted = (css) => {
    if (!known.has(css)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = css;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      known.set(css, [r, g, b, a / 255]);
    }
    return known.get(css);
  };
  const over = (top, under) => top.slice(0, 3).map((part, at) => part * top[3] + under[at] * (1 - top[3]));
  const grounds = new Map();
  const ground = (one) => {
    if (!one) return [255, 255, 255];
    if (!grounds.has(one)) grounds.set(one, over(painted(getComputedStyle(one).backgroundColor), ground(one.parentElement)));
    return grounds.get(one);
  };
  const light = (colour) => colour.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const found = new Map();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const folded = [...document.querySelectorAll("details:not([open])")];
  folded.forEach((one) => { one.open = true; });
  for (let text; (text = texts.nextNode());) {
    const one = text.parentElement;
    if (!text.data.trim() || !one.checkVisibility() || one.closest(".pb-hidden, .skip, .pb-plot")) continue;
    const style = getComputedStyle(one), size = parseFloat(style.fontSize);
    const behind = ground(one);
    const [more, less] = [light(over(painted(one.closest("svg") ? style.fill : style.color), behind)), light(behind)].sort((a, b) => b - a);
    const ratio = (more + 0.05) / (less + 0.05);
    const least = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700) ? 3 : 4.5;
    if (ratio < least) found.set(`${style.color} on ${behind.map(Math.round)}`, `${ratio.toFixed(2)}: ${text.data.trim().slice(0, 40)}`);
  }
  folded.forEach((one) => { one.open = false; });
  return [...found].map(([colours, where]) => `${colours}, ${where}`);
}"""


def faint(page: Any, scheme: str = "dark") -> list[str]:
    """Texts that stand out too little from what is behind them (WCAG AA), folded ones and those of pictures as well.

    Pictures that plotly's script draws are left out: their texts may lie on a bar. What axe says of it takes seconds a
    page, since axe reads all of a page first; this takes a tenth of one.
    """
    page.emulate_media(color_scheme=scheme)
    found = list(page.evaluate(FAINT))
    page.emulate_media(color_scheme="light")
    return found
