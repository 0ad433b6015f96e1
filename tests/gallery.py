"""Pictures of every report: `python tests/gallery.py FOLDER [REPORT ...]` at three widths and on paper, in both languages.

The pages are those of the sample workspace, published as `playbook run` does, seen in the system's Chromium without a
network. Where `pdftoppm` is there, the printed pages become pictures too.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from offline import CHROMIUM, NO_CHROMIUM, chromium, page_at
from published import LANGS, publish

WIDTHS = (1440, 1024, 390)
TILE, TILES = 1800, 4  # a long page is many pictures of this height; the first ones tell


def gallery(folder: Path, *reports: str) -> list[Path]:
    """The pictures made, below a folder: `ja/weekly_due_actions-1440-1.png`, `...-print-1.png` and so on."""
    made: list[Path] = []
    with chromium() as browser:
        for lang in LANGS:
            record = publish(folder / "pages" / lang, lang, *reports)
            assert record.exit_status == 0, [entry.failure for entry in record.entries]
            (folder / lang).mkdir(parents=True, exist_ok=True)
            for page in sorted((folder / "pages" / lang).glob("*.html")):
                made += pictures(browser, page, folder / lang)
    return made


def pictures(browser: Any, page: Path, folder: Path) -> list[Path]:
    """One page at every width, dark on the phone, and on paper."""
    made = []
    for width in WIDTHS:
        with page_at(browser, page.as_uri(), width=width) as shown:
            made += tiles(shown, width, folder / page.stem)
    with page_at(browser, page.as_uri(), width=390, color_scheme="dark") as shown:
        made.append(folder / f"{page.stem}-390-dark.png")
        shown.screenshot(path=made[-1])
    with page_at(browser, page.as_uri()) as shown:
        made.append(folder / f"{page.stem}.pdf")
        shown.pdf(path=made[-1], prefer_css_page_size=True)
    return made + printed(made[-1])


def tiles(shown: Any, width: int, stem: Path) -> list[Path]:
    """A page from its top, in pictures one below the other."""
    shown.set_viewport_size({"width": width, "height": TILE})
    height = int(shown.evaluate("document.documentElement.scrollHeight"))
    made = []
    for number, top in enumerate(range(0, min(height, TILE * TILES), TILE), start=1):
        shown.evaluate(f"scrollTo({{top: {top}, behavior: 'instant'}})")
        made.append(stem.with_name(f"{stem.name}-{width}-{number}.png"))
        shown.screenshot(path=made[-1])
    return made


def printed(pdf: Path) -> list[Path]:
    """The sheets of a PDF as pictures; none where there is no `pdftoppm`."""
    if not shutil.which("pdftoppm"):
        return []
    stem = f"{pdf.with_suffix('')}-print"
    subprocess.run(["pdftoppm", "-r", "60", "-png", str(pdf), stem], check=True)
    return sorted(pdf.parent.glob(f"{Path(stem).name}-*.png"))


if __name__ == "__main__":
    if CHROMIUM is None or len(sys.argv) < 2:
        sys.exit(NO_CHROMIUM if CHROMIUM is None else __doc__)
    print(*gallery(Path(sys.argv[1]), *sys.argv[2:]), sep="\n")
