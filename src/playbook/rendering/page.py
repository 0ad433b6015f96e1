"""An executed notebook as the parts of a page: title, lead, sections, all HTML that may be published.

What becomes of each cell and output:

=============================  =====================================================================
in the notebook                on the page
=============================  =====================================================================
Markdown cell                  as it is; one tagged ``ja`` or ``en`` only on the page of that language
code, prompts, raw cells       never
stdout                         preformatted text
stderr                         never: warnings name paths of the machine; they go to the run's log
plotly figure                  see ``figure``
``text/html``                  as it is, without the style it brings to a notebook: only the view layer
                               makes HTML, and it escapes data
``text/markdown``              rendered, HTML inside it escaped, since its text may be data
SVG, PNG, JPEG                 an image inside the page; alternative text from ``metadata["alt"]``
``text/latex``                 the formula as written: there is no typesetter without a network
``text/plain``                 preformatted text, where nothing better was displayed
an attachment                  a link (see ``attach``)
an error                       its name and message
a heading with nothing under   named at the end of the page, with all such headings, and not in the contents
anything else                  an error: an output nobody can read must not become a blank
=============================  =====================================================================

What the page's own script and style do with HTML of the view layer:

- ``table.pb-table`` sorts by a press on a head; ``td[data-sort]`` is what a cell sorts by, where not by its text.
- ``table[data-filter="owner client"]`` names the columns (``th[data-column]``) to filter by; ``td[data-value]`` is what
  a cell is filtered by, where not by its text. ``#owner=...&status=...`` in the address filters every table that has
  the column, and shows only the ``.pb-group[data-owner]`` of that owner.
- ``tr.group`` heads the rows of its ``tbody``; in ``.pb-scroll`` a table may be wider than the page.
- ``ul.cards > li.card`` are the numbers above a report; ``.badge`` marks a status; ``status-overdue`` and its kin give
  both their colour. ``.note``, ``details.draft`` and ``.landscape`` (on paper) are there for the author.

HTML that needs what a published page may not have (a script, a frame, a file from elsewhere), and frames
cut to their first and last rows, are errors as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from itertools import pairwise, takewhile
from typing import Any

from markupsafe import Markup
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from playbook.rendering.attachments import ATTACHMENT, SUMMARY
from playbook.rendering.figure import OURS, PLOTLY, figure_html, needs_script
from playbook.rendering.lab import unstyled
from playbook.rendering.notebook import heading_of, without_colours
from playbook.words.catalogue import msg
from playbook.words.problem import PlaybookError, Problem
from playbook.words.text import Lang, Text

_PRIORITY = (
    ATTACHMENT,
    OURS,
    PLOTLY,
    "text/html",
    "text/markdown",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "text/latex",
    "text/plain",
)
_IMAGE = msg("Image")
_MORE_FILES = msg("{n} more files")
_WITHOUT = msg("Nothing to show: {parts}")
_FILE = r'<a class="pb-file"[^>]*>(?:(?!</a>).)*</a>'
_MANY_FILES = re.compile(rf"((?:{_FILE}\n){{2}})((?:{_FILE}\n?){{7,}})")
_SIZE = Text("{:,} KB", "{:,} KB")
_HEADING = re.compile(r"<h([1-6])([^>]*)>(.*?)</h\1\s*>", re.DOTALL | re.IGNORECASE)
_ANCHOR = re.compile(r'<a id="[^"]*"></a>')
_NO_ROWS = r'<p class="pb-empty">(?:(?!</p>).)*</p>'
_UNNAMED = re.compile(rf"\s*(?:{_NO_ROWS}\s*)*", re.DOTALL)
_NOTHING = re.compile(rf'\s*(?:(?:<p class="pb-caption">(?:(?!</p>).)*</p>)?\s*{_NO_ROWS}\s*)*', re.DOTALL)
_ID = re.compile(r"""\sid\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_FORBIDDEN = (
    (re.compile(r"<script\b(?![^>]*application/json)", re.IGNORECASE), "a script"),
    (re.compile(r"<(iframe|object|embed|link|base|meta|form)\b", re.IGNORECASE), "an embedded document"),
    (re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE), "an event handler"),
    (
        re.compile(r"<(?!a\b)[a-z][^>]*\s(?:src|href)\s*=\s*(?![\"']?(?:data:|#))", re.IGNORECASE),
        "a file from elsewhere",
    ),
    (
        re.compile(r"(?:\bstyle\s*=\s*\"[^\"]*|<style[^>]*>[^<]*)url\(\s*(?![\"']?(?:data:|#))", re.IGNORECASE),
        "a file from elsewhere",
    ),
)
_POLARS_SHAPE = re.compile(r"<small>shape: \(([\d_,]+), ")
_PANDAS_SHAPE = re.compile(r"<p>(\d+) rows × \d+ columns</p>")


class UnrenderedOutputError(PlaybookError):
    """An output that cannot be shown on a published page."""

    def __init__(self, cell: int, problem: Problem) -> None:
        super().__init__(problem)
        self.cell = cell


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading below the title, to jump to."""

    level: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading of level 2, itself included."""

    id: str
    html: Markup


@dataclass(frozen=True, slots=True)
class Page:
    """One report, ready for the template."""

    title: str
    lang: Lang
    lead: Markup
    sections: tuple[Section, ...]
    headings: tuple[Heading, ...]
    charts: int

    @property
    def letter(self) -> bool:
        """Whether it is handed out as a letter: then nothing on it leads back into the house."""
        return 'class="letter"' in self.lead


def page_of(
    notebook: Mapping[str, Any],
    *,
    lang: Lang,
    fallback_title: str = "",
    files_href: str | None = None,
) -> Page:
    """The page of an executed notebook.

    Args:
        notebook: cells with their outputs.
        lang: the page's language.
        fallback_title: the title where the notebook has no heading of level 1.
        files_href: where attachments stand, relative to the page; None: the outputs carry them.

    Raises:
        UnrenderedOutputError: an output cannot be shown; names the cell and what to display instead.
    """
    body = _Body(notebook, lang, files_href)
    blocks, without = _filled(list(body.blocks()))
    html = _MANY_FILES.sub(lambda found: _folded(found, lang), "\n".join(blocks))
    title, html = _take_title(html)
    html, headings = _with_ids(html)
    html += _without(without, {heading.id for heading in headings}, lang)
    lead, sections = _split(html)
    return Page(title or fallback_title, lang, lead, sections, headings, body.scripted)


def _folded(found: re.Match[str], lang: Lang) -> str:
    """Many files in a row: the first two as they are, the others to be unfolded."""
    name = _MORE_FILES.say(lang).format(n=found[2].count("<a "))
    more = f'<details class="more files"><summary>{name}</summary>\n{found[2]}</details>\n'
    return f"{found[1]}{more}"


@dataclass(frozen=True, slots=True)
class _Block:
    """A piece of a page: `level` of the heading it begins with, 0 without one; whether code made it; whether it shows.

    A heading that was written shows nothing, nor does an output that says that there is no row, or nothing at all.
    """

    html: str
    level: int
    made: bool
    shows: bool


def _filled(blocks: list[_Block]) -> tuple[list[str], list[str]]:
    """The HTML of a page without the headings that have nothing under them, and those headings.

    Only what code should have filled can be empty. Where a heading of a lower level has something, the higher stays.
    """
    starts = [at for at, block in enumerate(blocks) if block.level] + [len(blocks)]
    kept, without = _told(blocks[: starts[0]]), []
    parts = [blocks[start:end] for start, end in pairwise(starts)]
    for at, part in enumerate(parts):
        if not _bare(part):
            kept += _told(part)
        elif _filled_below(parts[at + 1 :], part[0].level):
            kept.append(part[0].html)
        else:
            without += [found[3] for found in _HEADING.finditer(part[0].html)]
    return kept, without


def _told(part: list[_Block]) -> list[str]:
    """What stands under a heading that has something: that there is no row is said only of a table with a name."""
    return [one.html for one in part if one.shows or not one.made or not _UNNAMED.fullmatch(one.html)]


def _filled_below(parts: list[list[_Block]], level: int) -> bool:
    """Whether one of the headings below a heading has something."""
    below = takewhile(lambda part: part[0].level > level, parts)
    return any(not _bare(part) for part in below)


def _bare(part: list[_Block]) -> bool:
    """Whether code stands under a heading, and shows nothing."""
    return any(one.made for one in part) and not any(one.shows for one in part)


def _without(headings: list[str], taken: Collection[str], lang: Lang) -> str:
    """What has nothing to show, in a line at the end; a link to any of it leads there."""
    if not headings:
        return ""
    named = (Markup("{}<span{}>{}</span>").format(
        Markup("").join(map(Markup, _ANCHOR.findall(one))),
        Markup("") if slug(_text(one)) in taken else Markup(' id="{}"').format(slug(_text(one))),
        _text(one),
    ) for one in headings)  # fmt: skip
    parts = Markup(" · ").join(named)
    return str(Markup('\n<p class="pb-without">{}</p>').format(Markup(_WITHOUT.say(lang)).format(parts=parts)))


class _Body:
    """The cells of a notebook as blocks of HTML, charts numbered on the way."""

    def __init__(self, notebook: Mapping[str, Any], lang: Lang, files_href: str | None) -> None:
        self._notebook = notebook
        self._lang = lang
        self._files_href = files_href
        self.charts = 0
        self.scripted = 0

    def blocks(self) -> Iterator[_Block]:
        for index, cell in enumerate(self._notebook["cells"]):
            made = cell["cell_type"] == "code"
            if made:
                yield _Block("", 0, made=True, shows=False)
            for html, markdown in self._cell(index, cell):
                _refuse_unpublishable(html, index, self._place(index))
                yield _block(html, made=made, markdown=markdown)

    def _place(self, index: int) -> str:
        heading = heading_of(self._notebook, index)
        cell = {"ja": "セル", "en": "cell"}[self._lang]
        return f"{cell} {index + 1}" + (f"「{heading}」" if heading else "")

    def _cell(self, index: int, cell: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
        """What a cell brings to the page, and whether it is Markdown."""
        match cell["cell_type"]:
            case "markdown":
                yield markdown_html(cell["source"], trusted=True, attachments=cell.get("attachments")), True
            case "code":
                for output in cell.get("outputs", ()):
                    markdown = "text/html" not in output.get("data", {}) and "text/markdown" in output.get("data", {})
                    yield from ((html, markdown) for html in self._output(index, output))

    def _output(self, index: int, output: Mapping[str, Any]) -> Iterator[str]:
        match output["output_type"]:
            case "stream":
                if output["name"] == "stdout" and output["text"].strip():
                    yield _preformatted(output["text"])
            case "error":
                yield Markup('<p class="pb-error" role="alert">{}: {}</p>').format(
                    output["ename"], without_colours(output["evalue"])
                )
            case _:
                yield from self._display(index, output["data"], output.get("metadata", {}))

    def _display(self, index: int, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> Iterator[str]:
        kinds = set(data) - {SUMMARY}
        strange = {kind for kind in kinds if kind not in _PRIORITY}
        known = [kind for kind in _PRIORITY if kind in kinds]
        # A plain text beside something richer is its name, not its picture: "FigureWidget(...)".
        if strange and known in ([], ["text/plain"]):
            raise UnrenderedOutputError(index, _no_renderer(self._place(index), strange))
        if known:
            yield self._rendered(index, known[0], data, metadata)

    def _rendered(
        self,
        index: int,
        kind: str,
        data: Mapping[str, Any],
        metadata: Mapping[str, Any],
    ) -> str:
        value = data[kind]
        match kind:
            case "application/vnd.plotly.v1+json" | "application/vnd.playbook.figure+json":
                self.charts += 1
                self.scripted += needs_script(value)
                return figure_html(value, self.charts, self._lang)
            case "application/vnd.playbook.attachment+json":
                return self._attachment(value, data)
            case "text/html":
                return unstyled(_joined(value))
            case "text/markdown":
                return markdown_html(_joined(value), trusted=False)
            case "image/svg+xml" | "image/png" | "image/jpeg":
                return _image(
                    kind,
                    _joined(value),
                    self._alt(index, kind, metadata),
                    metadata.get(kind, {}),
                )
            case "text/latex":
                return Markup('<pre class="pb-math">{}</pre>').format(_joined(value).strip().strip("$"))
            case _:
                return _preformatted(_joined(value))

    def _attachment(self, told: Mapping[str, Any], data: Mapping[str, Any]) -> str:
        if self._files_href is None:
            return _joined(data.get("text/html", ""))
        size = _SIZE.say(self._lang).format(max(1, round(told["bytes"] / 1024)))
        return Markup('<a class="pb-file" href="{}" download>{} <small>{}</small></a>').format(
            self._files_href + told["name"], told["label"], size
        )

    def _alt(self, index: int, kind: str, metadata: Mapping[str, Any]) -> str:
        told = metadata.get("alt") or metadata.get(kind, {}).get("alt")
        heading = heading_of(self._notebook, index)
        return str(told or f"{_IMAGE.say(self._lang)}: {heading}".rstrip(": "))


def _block(html: str, *, made: bool, markdown: bool) -> _Block:
    """A piece; what code writes as HTML with a heading of its own is there for it, and ends what stands above."""
    found = _HEADING.match(html.lstrip())
    level = int(found[1]) if found and found[1] != "1" else 0
    rest = _HEADING.sub("", html, count=1) if level and markdown else html
    return _Block(html, level, made, shows=not _NOTHING.fullmatch(rest) if made else not level)


def _no_renderer(place: str, kinds: set[str]) -> Problem:
    found = msg("an output of {value}, which no page can show", value=", ".join(sorted(kinds)))
    return Problem(place, found, msg("HTML, Markdown, an image, text, or a plotly figure"))


def _refuse_unpublishable(html: str, index: int, place: str) -> None:
    for pattern, what in _FORBIDDEN:
        if pattern.search(html):
            hint = msg("display the figure itself, or an image; pages work without a network and run no other script")
            raise UnrenderedOutputError(index, Problem(place, msg("HTML with {what}", what=what), hint=hint))
    cut = _cut_frame(html)
    if cut:
        hint = msg("tables on a page go through the view layer, which shows every row")
        raise UnrenderedOutputError(
            index,
            Problem(place, msg("a frame of {cut} rows of which only some are shown", cut=cut), hint=hint),
        )


def _cut_frame(html: str) -> str:
    """The number of rows of a frame whose own HTML leaves rows out; empty where none does."""
    for pattern in (_POLARS_SHAPE, _PANDAS_SHAPE):
        shape = pattern.search(html)
        if shape and html.count("<tr") - 1 < int(re.sub(r"\D", "", shape[1])):
            return shape[1]
    return ""


def _joined(value: Any) -> str:
    return value if isinstance(value, str) else "".join(value)


def _preformatted(text: str) -> Markup:
    return Markup('<pre class="pb-text">{}</pre>').format(without_colours(text).rstrip())


def _image(kind: str, data: str, alt: str, size: Mapping[str, Any]) -> Markup:
    width = Markup(' width="{}"').format(int(size["width"])) if "width" in size else ""
    return Markup('<figure class="pb-image"><img alt="{}"{} src="{}"></figure>').format(
        alt, width, _data_uri(kind, data)
    )


def _data_uri(kind: str, data: str) -> str:
    if kind != "image/svg+xml":
        return f"data:{kind};base64,{''.join(data.split())}"
    import base64

    return f"data:{kind};base64,{base64.b64encode(data.encode('utf-8')).decode('ascii')}"


def markdown_html(source: str, *, trusted: bool, attachments: Mapping[str, Any] | None = None) -> str:
    """Markdown as HTML; HTML inside it is kept where the text is trusted, else escaped."""
    renderer = IPythonRenderer(
        escape=not trusted,
        allow_harmful_protocols=False,
        exclude_anchor_links=True,
        attachments={name: dict(bundle) for name, bundle in (attachments or {}).items()},
    )
    return str(MarkdownWithMath(renderer=renderer).render(source))


def _take_title(html: str) -> tuple[str, str]:
    """The text of the first heading of level 1, and the HTML without it."""
    for found in _HEADING.finditer(html):
        if found[1] == "1":
            return _text(found[3]), html[: found.start()] + html[found.end() :]
    return "", html


def _text(html: str) -> str:
    return " ".join(unescape(_TAG.sub("", html)).split())


def slug(text: str) -> str:
    """A readable id for a heading; letters of every script stay.

    >>> slug("1. 期限超過（今週）")
    '1-期限超過-今週'
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[^\w]+", "-", folded).strip("-") or "section"


def _with_ids(html: str) -> tuple[str, tuple[Heading, ...]]:
    """The HTML with an id on every heading and no level left out, and the headings of level 2 and 3."""
    headings: list[Heading] = []
    taken: dict[str, int] = {}
    level_before = 1

    def named(found: re.Match[str]) -> str:
        nonlocal level_before
        level = min(max(int(found[1]), 2), level_before + 1)
        level_before = level
        name = slug(_text(found[3]))
        taken[name] = taken.get(name, 0) + 1
        unique = name if taken[name] == 1 else f"{name}-{taken[name]}"
        headings.append(Heading(level, unique, _text(found[3])))
        rest = _ID.sub("", found[2])
        return f'<h{level} id="{unique}"{rest}>{found[3]}</h{level}>'

    html = _HEADING.sub(named, html)
    return html, tuple(heading for heading in headings if heading.level <= 3)


def _split(html: str) -> tuple[Markup, tuple[Section, ...]]:
    """What stands before the first heading of level 2, and one section for each such heading."""
    starts = [(found.start(), found[1]) for found in re.finditer(r'<h2 id="([^"]+)"', html)]
    first = starts[0][0] if starts else len(html)
    ends = [start for start, _ in starts[1:]] + [len(html)]
    sections = (Section(name, Markup(html[start:end])) for (start, name), end in zip(starts, ends, strict=False))
    return Markup(html[:first]), tuple(sections)
