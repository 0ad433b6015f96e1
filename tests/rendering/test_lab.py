"""What is shown in a notebook brings its style, which touches nothing around it; a page has its own."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import polars as pl
import pytest

import playbook
from playbook.rendering.figure import OURS
from playbook.rendering.lab import StyledInNotebooks, styled, unstyled
from playbook.rendering.page import page_of
from playbook.show import view
from playbook.show.charts import pictures

PACKAGE = Path(playbook.__file__).parent
STYLE = re.sub(r"/\*.*?\*/", "", (PACKAGE / "rendering/nbtemplates/playbook/lab.css").read_text(encoding="utf-8"))


def test_the_style_touches_nothing_outside() -> None:
    """Every selector goes through the box that it comes with, so a notebook around it looks as before."""
    selectors = [selector.strip() for selector in re.findall(r"([^{}]+)\{", STYLE)]
    outside = [one for group in selectors for one in re.split(r",(?![^(]*\))", group) if ".pb-lab" not in one]
    assert len(selectors) > 30 and outside == []
    assert "<" not in STYLE and "url(" not in STYLE


def test_every_colour_has_one_for_the_dark() -> None:
    """Each tone that is set for light is set again under the dark theme; all else takes the notebook's own colours."""
    light, dark = (set(re.findall(r"(--[\w]+): #", rule)) for rule in re.findall(r"\.pb-lab \{([^}]*)\}", STYLE)[:2])
    assert light == dark and len(light) == 15
    assert not re.search(r"(?<!var\()#[0-9a-f]{3,6}", STYLE.split("}", 2)[2])


def shows_itself(tree: ast.Module) -> list[ast.ClassDef]:
    """The classes of a module that have HTML to show."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return [
        one for one in classes if any(isinstance(it, ast.FunctionDef) and it.name == "_repr_html_" for it in one.body)
    ]


def test_whatever_shows_itself_brings_the_style() -> None:
    """No object with HTML is shown bare: it takes the style with the name it inherits, or in what it displays."""
    bare, found = [], 0
    for path in PACKAGE.rglob("*.py"):
        for one in shows_itself(ast.parse(path.read_text(encoding="utf-8"))):
            bases = {base.id for base in one.bases if isinstance(base, ast.Name)}
            own = "styled(" in ast.unparse(one)
            found += 1
            if not (own or StyledInNotebooks.__name__ in bases or one.name in {StyledInNotebooks.__name__, "Title"}):
                bare.append(f"{path.name}: {one.name}")
    assert found > 10 and bare == []  # a title is a heading, and looks as the notebook's own


@pytest.mark.parametrize("html", ["<p>1</p>", '<div class="pb-lab">2</div>', "<p>\n</p></div><div>"])
def test_a_page_takes_the_style_out(html: str) -> None:
    """What was styled comes back to the letter; what was not stays as it is."""
    assert unstyled(styled(html)) == html == unstyled(html)
    assert styled("") == ""


def test_a_page_of_what_was_shown_has_no_style_of_a_notebook() -> None:
    """The bundle of an object has the style, and the page made of it has the object alone."""
    cards = view.cards([view.Card("本日", "3", status="due_today")])
    bundle = cards._repr_mimebundle_()
    assert str(bundle["text/html"]).startswith("<style data-pb>")
    output = {"output_type": "display_data", "data": bundle, "metadata": {}}
    page = page_of({"cells": [{"cell_type": "code", "source": "", "outputs": [output]}], "metadata": {}}, lang="ja")
    assert page.lead == str(cards.html) and "pb-lab" not in page.lead
    assert view.table(pl.DataFrame({"n": [1]}))._repr_html_().startswith("<div")


def test_a_chart_in_a_notebook_is_a_drawing_in_its_light_or_dark() -> None:
    """What a notebook knows of a chart is drawn and styled: no paper of plotly's, texts and grid in the notebook's colours;
    the page draws the same figure once.
    """
    made = pictures.load(pl.DataFrame({"person": ["佐藤"], "minutes": [90], "capacity": [60]}))
    bundle = made._repr_mimebundle_()
    assert set(bundle) == {OURS, "text/html", "text/plain"}
    html = bundle["text/html"]
    assert html.startswith("<style data-pb>") and "<svg" in html and "1時間30分" in html and "<script" not in html
    assert not re.search(r'<(?:text|line class="pb-grid")[^>]* (?:fill|stroke)="', html)  # these follow the style
    for rule in ("text { font-size: 12px; fill: var(--jp-ui-font-color1", ".pb-grid { stroke: var(--l)"):
        assert rule in STYLE
    output = {"output_type": "display_data", "data": bundle, "metadata": {}}
    page = page_of({"cells": [{"cell_type": "code", "source": "", "outputs": [output]}], "metadata": {}}, lang="ja")
    assert page.lead.count("<svg") == unstyled(html).count("<svg") and "pb-lab" not in page.lead
