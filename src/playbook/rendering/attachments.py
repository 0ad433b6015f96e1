"""What a notebook hands out besides its page.

``attach`` gives a file to publish beside the page (Excel, calendar, mail drafts); a link stands where it
was called. ``summarise`` gives the few numbers the index shows for the report::

    attach("weekly.xlsx", book, label="Excel")
    summarise(cards=[{"label": "期限超過", "value": "3", "change": "+1"}], counts={"new": 2, "resolved": 1,
    "worse": 1})

Run by ``playbook run``, a file goes to the folder named by the environment variable ``PLAYBOOK_FILES_DIR``
and from there beside the page. Run by hand or by plain papermill, the link itself carries the file.
"""

from __future__ import annotations

import base64
import hashlib
import html
import mimetypes
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem

FILES_DIR = "PLAYBOOK_FILES_DIR"
ATTACHMENT = "application/vnd.playbook.attachment+json"
SUMMARY = "application/vnd.playbook.summary+json"
COUNTS = ("new", "resolved", "worse")

_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*]')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def attach(name: str, content: bytes | str, *, label: str = "") -> None:
    """Publish a file beside the page, with a link where this is called.

    Raises:
        ArgumentError: the name is not a plain file name.
    """
    _refuse_bad_name(name)
    data = content.encode("utf-8") if isinstance(content, str) else content
    folder = os.environ.get(FILES_DIR)
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / name).write_bytes(data)
    _display(
        {
            ATTACHMENT: _told(name, data, label),
            **_link(name, data, label, carried=not folder),
        }
    )


def show(html: str, text: str) -> None:
    """Show HTML where this is called, in a notebook; `text` is what stands for it where there is none."""
    _display({"text/html": html, "text/plain": text})


def summarise(
    *,
    headline: str = "",
    cards: Sequence[Mapping[str, str]] = (),
    counts: Mapping[str, int] | None = None,
    released: Mapping[str, Any] | None = None,
) -> None:
    """Give the index its line about this report; what is shown may carry it too (`summary`)."""
    _display({SUMMARY: summary(headline=headline, cards=cards, counts=counts, released=released)})


def summary(
    *,
    headline: str = "",
    cards: Sequence[Mapping[str, str]] = (),
    counts: Mapping[str, int] | None = None,
    released: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What the index says about a report.

    Args:
        headline: one sentence.
        cards: the few numbers that matter: ``label``, ``value`` and, where known, ``change``, all as text.
        counts: how many rows are ``new``, ``resolved`` and ``worse`` since the last run.
        released: for a page that leaves the house, what the register keeps: ``edition``, ``case``, ``receiver``,
            ``voices`` (keys that say nothing of what was said).

    Raises:
        ArgumentError: a count has another name.
    """
    unknown = sorted(set(counts or {}) - set(COUNTS))
    if unknown:
        raise ArgumentError(Problem("summarise", msg("found the counts {unknown}", unknown=unknown), ", ".join(COUNTS)))
    return {
        "headline": headline,
        "cards": [dict(card) for card in cards],
        "counts": dict(counts or {}),
        **({"released": dict(released)} if released else {}),
    }


def _refuse_bad_name(name: str) -> None:
    if not name or name.startswith(".") or _UNSAFE.search(name) or _RESERVED.match(name) or name[-1] in ". ":
        raise ArgumentError(
            Problem(
                "attach",
                msg("found the name {name!r}", name=name),
                msg("a plain file name such as list.xlsx"),
            )
        )


def _told(name: str, data: bytes, label: str) -> dict[str, Any]:
    digest = hashlib.sha256(data).hexdigest()
    return {"name": name, "label": label or name, "bytes": len(data), "sha256": digest}


def _link(name: str, data: bytes, label: str, *, carried: bool) -> dict[str, str]:
    text = label or name
    if not carried:
        return {"text/plain": text}
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    href = f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
    anchor = f'<a class="pb-file" download="{html.escape(name)}" href="{href}">{html.escape(text)}</a>'
    return {"text/html": anchor, "text/plain": text}


def _display(bundle: dict[str, Any]) -> None:
    """Display a bundle where there is a notebook; elsewhere there is nobody to show it to."""
    # IPython takes a tenth of a second to import and is there already wherever it is needed.
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    if get_ipython() is not None:
        display(bundle, raw=True)  # type: ignore[no-untyped-call]
