"""The figures that a page says, and the cells of its tables that they are to be found in."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lxml import html
from lxml.html import HtmlElement

from playbook.show import formats

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?%?")
MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December"
MONTH += "|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
KINDS = {
    "a day, a month, a moment": r"\d{4}/\d+/\d+(?:\(.\))?|\d+/\d+\(.\)|\d{4}-\d\d(?:-\d\d)?|(?:令和\d+|\d{4})年(?:度|\d+月(?:\d+日)?)?〜?"
    rf"|\d+月\d+日|\d{{1,2}} {MONTH}\b(?: \d{{4}})?|{MONTH}(?: \d{{1,2}},?)? \d{{4}}|{MONTH} \d{{1,2}}\b|\d{{1,2}}:\d{{2}}",
    "an id, an item of a source": r"(?<![A-Za-z0-9])[A-Z]{1,3}-\d+",
    "the name of a law, of an item or of a form": r"第\d+[条項号]|様式第\d+号",
    "the name of a band": r"(?:\d+%(?:・| and ))?\d+(?:\.\d+)?%(?:区間|の(?:幅|範囲|帯)| (?:interval|bands?|limits?))|95% of those as usual"
    r"|95%、実線の内側に99\.8%|solid ones 99\.8%|, 95% ",
    "a size of a file, how much of a table or of a list of files is printed": r"[\d,]+ KB|先頭の\d+行|残りの\d+行"
    r"|the first \d+ rows are printed; the other \d+|ほか\d+件のファイル|\d+ more files|ページ \d+|Pages \d+"
    r"|\d+(?:人|件|行)まで|the (?:latest|first) \d+|件のうち先頭の\d+件|The first \d+ of|ほか\d+(?:項目|人は、)|\d+ more (?:not shown|people)",
    "what a rate is counted by": r"1(?:件|分)あたり|1サイクルごと|一人に1通",
    "a setting: the slots of a week, the cycles of a survey, the axes of a form": r"30分を2回|two of 30 minutes|直近\d+サイクル|last \d+ cycles|[2二]つの軸|4分の3",
    "a limit that is tried out": r"を\d+(?:営業日|時間)に|”: \d+ (?:business days|hours)",
    "the least that a law or a form asks for": r"\d+(?:件|人)(?:以下|以上|未満)|\d+職種まで|up to \d+|(?:fewer|less|more) than \d+ (?:people|cases)",
    "the release of a software": r"\b[a-z-]+ \d+(?:\.\d+)+",
    "a span that somebody wrote or chose: a rule, a window, an age of a placement": r"\d+(?:営業日|か月|日先|週間|日間|日(?:以上|以内|前|後|遅れ|より))|あと\d+日"
    r"|\d+(?:st|nd|rd|th)?[ -](?:(?:business|working|calendar) )?(?:days?|months?|weeks?|hours?|minutes?)(?: (?:ahead|later|before|after|late|left|or more|on|ago)\b|-)"
    r"|(?:[Ww]ithin|of|in|than) \d+ (?:business |working )?(?:days?|hours?|minutes?)\b|\d+[ -]months?",
}
NO_FIGURE = re.compile("|".join(KINDS.values()))
"""What is written with digits and is no figure of the data, each kind with its reason."""
SAYS = {"p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "figcaption", "summary", "caption", "dt", "dd", "title", "desc"}
APART = SAYS | {"div", "section", "article", "header", "main", "figure", "table", "svg", "ul", "ol", "details", "pre"}
SPOKEN = ("alt", "aria-label", "title")


@cache
def numbers(text: str) -> tuple[str, ...]:
    """The numbers in a text that are counts, rates or spans: no dates, no ids, no names of intervals."""
    return tuple(found.replace(",", "") for found in NUMBER.findall(NO_FIGURE.sub(" ", text)))


@dataclass(frozen=True)
class Part:
    """A figure, a section, or the page around them: what it says itself, and the figures that its own cells hold."""

    said: tuple[str, ...]
    held: frozenset[str]
    times: Mapping[str, frozenset[str]]
    """What a column of a table says more than once or once, by how often it says it."""

    def has(self, number: str, piece: str) -> bool:
        """Whether a cell of its own has the number, or as many rows as that say what the sentence says."""
        return number in self.held or any(value in piece.lower() for value in self.times.get(number, ()))


@dataclass(frozen=True)
class Page:
    """The parts of a page, each held against its own cells; only what stands before the first section, the headline and the
    cards, is held against the whole page.
    """

    parts: tuple[Part, ...]
    named: tuple[tuple[frozenset[str], frozenset[str]], ...]
    """Rows and cards: what they are called, and the figures in them; a sentence elsewhere may say these where it names them."""

    def unsupported(self) -> list[str]:
        """The figures of its sentences that no cell of their part has, no counting of rows gives, and no row that they name."""
        pieces = ((part, piece, one) for part in self.parts for piece in part.said for one in numbers(piece))
        return [
            f"{one} in {piece[:160]}"
            for part, piece, one in pieces
            if not (part.has(one, piece) or self._named(one, piece))
        ]

    def _named(self, number: str, piece: str) -> bool:
        return any(number in figures and any(name in piece for name in names) for names, figures in self.named)


def page_of(source: str, beside: Path | None = None) -> Page:
    """A page read once; `beside` is the folder of its files."""
    [main] = html.fromstring(source).iter("main")
    said: dict[HtmlElement, dict[str, None]] = {}
    for element, piece in _said(main):
        said.setdefault(_part(element, main), {})[piece] = None
    return Page(
        tuple(_part_of(element, tuple(pieces), beside) for element, pieces in said.items()), tuple(_named(main))
    )


def _part(element: HtmlElement, main: HtmlElement) -> HtmlElement:
    """The part that an element stands in: its figure with a table of its own, its section, else the page."""
    for one in (element, *element.iterancestors()):
        if one.tag == "section" or (one.tag == "figure" and one.find(".//table") is not None):
            return one
    return main


def _part_of(element: HtmlElement, said: tuple[str, ...], beside: Path | None) -> Part:
    files = [
        beside.parent / href for link in element.iter("a") if beside and (href := link.get("href", "")).endswith(".csv")
    ]
    held = {number for text in _cells(element) for number in numbers(text)} | {str(n) for n in _counts(element)}
    held |= {number for path in files for number in _figures(path)}
    times: dict[str, set[str]] = {}
    for value, n in (*_repeated(element), *(pair for path in files for pair in _rows_alike(_records(path)))):
        times.setdefault(str(n), set()).add(value)
    return Part(said, frozenset(held), {n: frozenset(some) for n, some in times.items()})


def _cells(element: HtmlElement) -> set[str]:
    return {text for cell in element.iter("td", "th") for text in _texts(cell)}


def _named(main: HtmlElement) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Each row with the words in its first two cells, each card with its label."""
    for row in main.iter("tr"):
        names = {" ".join(cell.text_content().split()) for cell in row[:2]}
        figures = frozenset(number for text in _cells(row) for number in numbers(text))
        yield frozenset(name for name in names if re.search(r"[^\W\d_]{2}", name)), figures
    for card in main.find_class("card"):
        names = {" ".join(label.text_content().split()) for label in card.find_class("card-label")}
        yield frozenset(names), frozenset(numbers(card.text_content()))


def page_as_published(path: Path) -> Page:
    """A page as it was published, with the files beside it."""
    return page_of(path.read_text(encoding="utf-8"), path.with_suffix(".files"))


def _said(main: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """Each sentence outside of tables, drawings and drafts of letters, which say what the record says, each title of a
    mark or a picture, each text for those who hear, with the element that says it.
    """
    for element in main.iter():
        if not isinstance(element.tag, str) or element.tag in {"script", "style"}:
            continue
        yield from ((element, element.get(name)) for name in SPOKEN if element.get(name))
        drawn = any(
            parent.tag in {"td", "th", "pre", "svg", "text"} or "draft" in parent.get("class", "").split()
            for parent in element.iterancestors()
        )
        if element.tag in {"title", "desc"} or (element.tag in APART - {"pre", "svg", "table"} and not drawn):
            yield from ((element, piece) for piece in _own(element))


def _own(element: HtmlElement) -> Iterator[str]:
    """The texts of an element without those of the blocks within it."""
    pieces = [""]

    def add(node: HtmlElement) -> None:
        pieces[-1] += node.text or ""
        for child in node:
            apart = not isinstance(child.tag, str) or child.tag in APART
            if apart:
                pieces.append("")
            elif child.tag not in {"script", "style"}:
                add(child)
            pieces[-1] += child.tail or ""

    add(element)
    yield from (" ".join(piece.split()) for piece in pieces if piece.strip())


def _texts(cell: HtmlElement) -> Iterator[str]:
    """The texts of a cell: what is drawn in it, and said of what is drawn, is none of them."""
    yield from _own(cell)
    for inside in cell.iter(*(APART - {"svg", "title", "desc"})):
        if inside is not cell:
            yield from _own(inside)


def _counts(main: HtmlElement) -> Iterator[int]:
    """How many a reader counts: rows of a table, items of a list, drafts; and 0, which no row says."""
    yield 0
    for table in main.iter("table"):
        yield len(table.findall("tbody/tr"))
    for listed in main.iter("ul", "ol"):
        yield len(listed)
    yield len(main.find_class("draft"))


def _repeated(element: HtmlElement) -> Iterator[tuple[str, int]]:
    """What the rows of a table say in a column, and how many of them say it: kinds of events beneath a picture."""
    for table in element.iter("table"):
        yield from _rows_alike(
            [[" ".join(cell.text_content().split()) for cell in row] for row in table.findall("tbody/tr")]
        )


def _rows_alike(rows: list[list[str]]) -> Iterator[tuple[str, int]]:
    for column in range(max(map(len, rows), default=0)):
        said = Counter(row[column] for row in rows if column < len(row))
        yield from ((value.lower(), n) for value, n in said.items() if len(value) > 1 and not NUMBER.search(value))


@cache
def _records(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


@cache
def _figures(path: Path) -> frozenset[str]:
    """The figures of a CSV file as a page writes them, and how many rows it has."""
    rows = _records(path)
    found = {str(len(rows))}
    for text in {text for row in rows for text in row}:
        try:
            value = float(text)
        except ValueError:
            found |= {*numbers(text)}
            continue
        said = {formats.number(value), formats.number(value, digits=0), formats.number(value, digits=1)}
        said |= {formats.percent(value), formats.percent(value, digits=0), formats.number(value * 100, digits=0)}
        found |= {one.lstrip("-").replace(",", "") for one in said}
    return frozenset(found)


HEADLINES = re.compile(r'<p><strong>(.*?)</strong></p>|<li class="card[^>]*>(.*?)</li>', re.DOTALL)
JARGON = re.compile(
    r"ハザード|[pｐ]値|打ち切り|信頼区間|有意|オッズ|分位|ウィルソン|カプラン|帰無|検定|標準偏差"
    r"|hazard|p-value|censor|confidence interval|significan|odds|quantile|Wilson|Kaplan|standard deviation",
    re.IGNORECASE,
)


def jargon(html: str) -> list[str]:
    """The first sentence and the cards of a page that say what only a statistician says."""
    said = (first or card for first, card in HEADLINES.findall(html[html.index("<main") :]))
    return [piece for piece in said if JARGON.search(re.sub(r"<[^>]+>", " ", piece))]
