"""A report that has nothing to show ends early, with a page that says what is missing and what to do.

A cell that raises ``NothingToShowError`` is the last one that counts: what stood before it stays, its message becomes a
note, the cells after it are left out, and the report is made, not failed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from playbook.rendering.attachments import SUMMARY


class NothingToShowError(Exception):
    """There is nothing that this report could show; the message says what is missing, `advice` what to do."""

    def __init__(self, missing: str, advice: str = "") -> None:
        super().__init__(missing + ("" if missing.endswith("。") else " ") + advice)
        self.missing, self.advice = missing, advice

    def _render_traceback_(self) -> list[str]:
        """By hand in JupyterLab: the sentence, without the way through the code."""
        return [str(self)]


def ended_early(notebook: Mapping[str, Any], place: int, message: str, headline: str = "") -> dict[str, Any]:
    """A notebook as far as the cell at `place`, whose last output is the message; what it showed before stays."""
    note = Markup('<div class="note"><p>{}</p></div>').format(message)
    output = {"output_type": "display_data", "data": {"text/html": str(note), SUMMARY: _told(headline or message)}}
    before = list(notebook["cells"][:place])
    shown = [one for one in notebook["cells"][place].get("outputs", ()) if one["output_type"] == "display_data"]
    cell = {**notebook["cells"][place], "outputs": [*shown, {**output, "metadata": {}}]}
    return {**notebook, "cells": [*before, cell]}


def _told(headline: str) -> dict[str, Any]:
    return {"headline": headline, "cards": [], "counts": {}}
