"""A notebook as a published HTML page: nbconvert with the template of ours.

The template lives in ``nbtemplates/playbook``. ``conf.json`` there names ``PagePreprocessor``, so plain
``jupyter nbconvert --to html --template playbook`` gives the same page as ``playbook run``. The whole page
is one file; only a page with charts needs one more, plotly's script, once beside the reports, or inside it
(``plotly_src`` None).

The content policy forbids every script but the ones named by hash, and every request. Styles may be inline.
"""

from __future__ import annotations

import base64
import hashlib
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbconvert.exporters.html import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode

from playbook.reporting.page import page_of
from playbook.text import Lang, Text

TEMPLATES = Path(__file__).resolve().parents[1] / "nbtemplates"

_WEEKDAYS = "月火水木金土日"
_AS_OF = Text("{} 現在", "As of {}")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a page stands and what stands around it.

    Attributes:
        lang: the page's language.
        as_of: the moment it speaks of, ISO text; empty where it speaks of none.
        target: the client, owner or placement it is for, as people call it.
        plotly_src: plotly's script, relative to the page; None: inside the page.
        files_href: where its attachments stand, relative to the page; None: inside the page.
        index_href: the index, relative to the page; empty where there is none.
        fallback_title: its title where the notebook has none.
    """

    lang: Lang = "ja"
    as_of: str = ""
    target: str = ""
    plotly_src: str | None = None
    files_href: str | None = None
    index_href: str = ""
    fallback_title: str = ""


class PagePreprocessor(Preprocessor):  # type: ignore[misc,unused-ignore]
    """Turns the notebook into ``resources["page"]`` and what the template needs beside it."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """The notebook without its cells, so that nothing of it can reach the page by another way."""
        place = resources.get("placement") or _told_by(nb.metadata, resources)
        page = page_of(
            nb,
            lang=place.lang,
            fallback_title=place.fallback_title,
            files_href=place.files_href,
        )
        nb.cells = []
        nb.metadata.clear()
        resources["page"] = page
        resources["placement"] = place
        resources["frame"] = frame(place, charts=page.charts > 0)
        resources["running_head"] = css_string(" · ".join(filter(None, (page.title, place.target))))
        return nb, resources


def _told_by(metadata: Mapping[str, Any], resources: Mapping[str, Any]) -> Placement:
    """Where a page stands that plain nbconvert makes: alone, everything inside."""
    parameters = metadata.get("papermill", {}).get("parameters") or {}
    name = str((resources.get("metadata") or {}).get("name", ""))
    lang: Lang = "en" if parameters.get("lang") == "en" else "ja"
    return Placement(lang=lang, as_of=str(parameters.get("as_of") or ""), fallback_title=name)


def css_string(text: str) -> Markup:
    """Text as a string of a style sheet, safe inside a page.

    >>> print(css_string('a "b" </style>'))
    "a \\22 b\\22  \\3c /style\\3e "
    """
    safe = re.sub(r"[\x00-\x1f\"\\\\<>&]", lambda found: f"\\{ord(found[0]):x} ", text)
    return Markup(f'"{safe}"')


def frame(place: Placement, *, charts: bool) -> dict[str, Any]:
    """What every page of ours has around its content: style, script, policy, the day it speaks of."""
    own = static("page.js")
    inline = [own]
    if charts and place.plotly_src is None:
        inline.append(plotly_script())
    outside = "'self' file:" if charts and place.plotly_src is not None else ""
    return {
        "css": static("page.css"),
        "js": own,
        "plotly": plotly_script() if len(inline) > 1 else "",
        "plotly_src": place.plotly_src if outside else "",
        "policy": _policy(inline, outside),
        "as_of": _AS_OF.say(place.lang).format(say_day(place.as_of, place.lang)) if place.as_of else "",
    }


def _policy(inline: list[Markup], outside: str) -> str:
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in inline)
    return (
        f"default-src 'none'; script-src {hashes} {outside}".rstrip()
        + "; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
    )


@cache
def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")


@cache
def static(name: str) -> Markup:
    """A style or script of the template, as it stands in every page."""
    text = (TEMPLATES / "playbook" / name).read_text(encoding="utf-8")
    return Markup(text)


def plotly_file() -> Path:
    """Plotly's script, as its package carries it."""
    spec = find_spec("plotly")
    assert spec is not None and spec.origin is not None, "plotly is a dependency of this package"
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


@cache
def plotly_script() -> Markup:
    """Plotly's script, safe inside a page: nothing in it ends the element it stands in."""
    text = plotly_file().read_text(encoding="utf-8")
    return Markup(re.sub(r"</(?=script)", r"<\\/", text, flags=re.IGNORECASE))


def say_day(as_of: str, lang: Lang) -> str:
    """A day, or a moment, as people write it.

    >>> say_day("2026-11-20", "ja")
    '2026年11月20日（金）'
    >>> say_day("2026-11-20T18:00:00", "en")
    'Fri 20 Nov 2026, 18:00'
    """
    moment = datetime.fromisoformat(as_of)
    clock = f"{moment:%H:%M}" if len(as_of) > len("2026-11-20") else ""
    if lang == "ja":
        return _japanese_day(moment) + (f" {clock}" if clock else "")
    months = [
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "Nov",
        "Dec",
    ]
    days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    said = f"{days[moment.weekday()]} {moment.day} {months[moment.month - 1]} {moment.year}"
    return said + (f", {clock}" if clock else "")


def _japanese_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日（{_WEEKDAYS[day.weekday()]}）"


class PageExporter(HTMLExporter):
    """nbconvert's HTML exporter with our template, found in this package, ready to be used many times."""

    def __init__(self, **kwargs: Any) -> None:
        # nbconvert opens its own conf.json files without naming an encoding.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EncodingWarning)
            super().__init__(  # type: ignore[no-untyped-call]
                template_name="playbook",
                extra_template_basedirs=[str(TEMPLATES)],
                optimistic_validation=True,
                **kwargs,
            )
            self.template  # noqa: B018  (compiled now, not at the first page)

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, Any]:
        """The page and its resources; skips the parent's second reading of the whole page."""
        return TemplateExporter.from_notebook_node(
            self,
            nb,
            self._init_resources(resources),  # type: ignore[no-untyped-call]
            **kw,
        )


def export(exporter: PageExporter, notebook: NotebookNode, place: Placement) -> str:
    """The HTML of an executed notebook.

    Raises:
        UnrenderedOutputError: an output cannot be shown.
    """
    html, _ = exporter.from_notebook_node(notebook, {"placement": place})
    return html
