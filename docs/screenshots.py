"""Makes the pictures of the guides from the sample workspace: `python docs/screenshots.py`; into `docs/images`."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from offline import chromium, page_at
from published import LANGS, publish

IMAGES = Path(__file__).with_name("images")
# picture: page, width and height of the window, how far down
PICTURES = {
    "weekly-ja": ("ja/weekly_due_actions.html", 1280, 860, 0),
    "weekly-en": ("en/weekly_due_actions.html", 1280, 860, 0),
    "weekly-phone": ("ja/weekly_due_actions.html", 390, 800, 0),
    "funnel-ja": ("ja/funnel.html", 1280, 900, 0),
    "review-ja": ("ja/followup_review.html", 1280, 860, 0),
    "portfolio-ja": ("ja/placement_portfolio.html", 1280, 860, 0),
    "index-ja": ("ja/index.html", 1280, 860, 0),
}


def take(folder: Path) -> None:
    """Every picture, of pages published below a folder."""
    with chromium() as browser:
        for name, (page, width, height, down) in PICTURES.items():
            with page_at(browser, (folder / page).as_uri(), width=width, height=height) as shown:
                shown.evaluate(f"scrollTo({{top: {down}, behavior: 'instant'}})")
                small(shown.screenshot()).save(IMAGES / f"{name}.png", optimize=True)


def small(picture: bytes) -> Image.Image:
    """A picture with the few colours that a page has."""
    return Image.open(io.BytesIO(picture)).convert("RGB").quantize(64, dither=Image.Dither.NONE)


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for lang in LANGS:
            publish(Path(folder) / lang, lang)
        take(Path(folder))
