"""What every page of ours has around its content: style, script, policy, the day it speaks of.

The content policy forbids every script but the ones named by hash, and every request. Styles may be inline. Plotly's
script stands once beside the reports, or, where ``plotly_src`` is None, inside the page.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from markupsafe import Markup

from playbook.words.catalogue import msg
from playbook.words.text import Lang

TEMPLATES = Path(__file__).resolve().parent / "nbtemplates"

_FOR_AUTHORS = re.compile(r"^\s*(?:/\*.*?\*/\s*\n|//[^\n]*\n)*[^\S\n]*", re.MULTILINE | re.DOTALL)
"""Comments that have lines of their own, empty lines, what lines are indented by."""

_WEEKDAYS = "月火水木金土日"
_AS_OF = msg("As of {}")


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
    """A style or script of the template, as it stands in every page: without what only its authors read."""
    text = (TEMPLATES / "playbook" / name).read_text(encoding="utf-8")
    return Markup(_FOR_AUTHORS.sub("", text))


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
