"""The few things a business paper in Word is made of, on a plain A4 sheet or on the house's own template.

The same paper gives the same bytes: days in the file are fixed, and its parts carry no time.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from playbook.words.catalogue import msg
from playbook.words.problem import Problem, WorkspaceError
from playbook.words.text import Lang

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph

Align = Literal["left", "center", "right"]
Era = Literal["reiwa", "western"]

_MISSING = msg("[to fill in]")

_CREATED = datetime(2000, 1, 1)
_PART_TIME = (2000, 1, 1, 0, 0, 0)
_FONT, _POINTS = "游明朝", 10.5


@dataclass
class Paper:
    """A paper being written."""

    document: Document

    @classmethod
    def blank(cls, template: Path | None = None, *, margin: float = 22) -> Paper:
        """An A4 sheet upright with business margins; on a template, its own sheet, letterhead and styles.

        `margin`: millimetres above and below.
        """
        import docx
        from docx.oxml.ns import qn
        from docx.shared import Mm, Pt

        document = docx.Document(str(template) if template is not None else None)
        if template is None:
            section = document.sections[0]
            section.page_width, section.page_height = Mm(210), Mm(297)
            section.left_margin = section.right_margin = Mm(25)
            section.top_margin = section.bottom_margin = Mm(margin)
            normal = document.styles["Normal"]
            normal.font.name, normal.font.size = _FONT, Pt(_POINTS)
            normal.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
            normal.paragraph_format.space_after = Pt(0)
        document.core_properties.created = document.core_properties.modified = _CREATED
        document.core_properties.author = document.core_properties.last_modified_by = ""
        return cls(document)

    def line(self, text: str = "", align: Align = "left", *, bold: bool = False, points: float = 0) -> Paragraph:
        """One paragraph."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        paragraph = self.document.add_paragraph()
        paragraph.alignment = {
            "left": WD_ALIGN_PARAGRAPH.LEFT, "center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT,
        }[align]  # fmt: skip
        run = paragraph.add_run(_printable(text))
        run.bold = bold
        if points:
            run.font.size = Pt(points)
        return paragraph

    def heading(self, text: str) -> None:
        """The head of a part: apart from what stands above, and never alone at the foot of a sheet."""
        from docx.shared import Pt

        form = self.line(text, bold=True).paragraph_format
        form.space_before, form.keep_with_next = Pt(5), True

    def lines(self, texts: Iterable[str], align: Align = "left") -> None:
        """A paragraph each."""
        for text in texts:
            self.line(text, align)

    def table(self, rows: Sequence[Sequence[str]], widths: Sequence[float], *, head: bool = True) -> None:
        """A table with lines; widths in millimetres, the first row a head where it is one."""
        from docx.shared import Mm

        table = self.document.add_table(rows=0, cols=len(widths))
        table.style = "Table Grid" if "Table Grid" in [one.name for one in self.document.styles] else None
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):  # what is not Word goes by the grid
            column.width = Mm(width)
        for number, row in enumerate(rows):
            cells = table.add_row().cells
            for cell, text, width in zip(cells, row, widths, strict=True):
                cell.width = Mm(width)
                _write(cell, text, bold=head and number == 0)

    def picture(self, content: bytes) -> None:
        """A picture at the top of what follows, as high as a letterhead; WorkspaceError where it is none."""
        from docx.image.exceptions import UnrecognizedImageError
        from docx.shared import Mm

        try:
            self.document.add_picture(io.BytesIO(content), height=Mm(12))
        except UnrecognizedImageError:
            raise WorkspaceError(Problem("workspace.toml, key 'logo'", msg("is no picture"), "PNG, JPEG")) from None

    def new_page(self) -> None:
        """What follows begins on a page of its own."""
        self.document.add_page_break()  # type: ignore[no-untyped-call]

    def content(self) -> bytes:
        """The bytes of the file."""
        written = io.BytesIO()
        self.document.save(written)
        return _without_times(written.getvalue())


def _write(cell: _Cell, text: str, *, bold: bool) -> None:
    from docx.shared import Pt

    for number, line in enumerate(_printable(text).split("\n")):
        paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
        run = paragraph.add_run(line)
        run.bold = bold
        run.font.size = Pt(9.5)


def _printable(text: str) -> str:
    """A text without the control characters that no XML holds."""
    return "".join(one for one in text if one in "\n\t" or ord(one) >= 0x20)


def _without_times(content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for name in parts.namelist():
            info = zipfile.ZipInfo(name, _PART_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(info, parts.read(name))
    return made.getvalue()


_REIWA = date(2019, 5, 1)
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
"""Whatever the language of the machine is."""


def written_day(day: date | None, era: Era = "reiwa", lang: Lang = "ja") -> str:
    """A day as a letter writes it: by the era, or by the western year; in English always by the latter.

    >>> written_day(date(2026, 11, 20)), written_day(date(2019, 5, 1)), written_day(date(2026, 11, 20), "western")
    ('令和8年11月20日', '令和元年5月1日', '2026年11月20日')
    >>> written_day(date(2026, 11, 2), lang="en")
    '2 November 2026'
    """
    if day is None:
        return missing(lang)
    if lang == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    year = day.year - _REIWA.year + 1
    if era == "western" or day < _REIWA:
        return f"{day.year}年{day.month}月{day.day}日"
    return f"令和{'元' if year == 1 else year}年{day.month}月{day.day}日"


def missing(lang: Lang = "ja") -> str:
    """What stands where something is not on record: seen at once, and found by a search."""
    return _MISSING.say(lang)


def or_missing(text: object, lang: Lang = "ja") -> str:
    """A text, or a mark that it is not on record."""
    said = "" if text is None else str(text).strip()
    return said or missing(lang)
