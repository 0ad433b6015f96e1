"""A notebook as a published HTML page: nbconvert with the template of ours.

The template lives in ``nbtemplates/playbook``. ``conf.json`` there names ``PagePreprocessor``, so plain
``jupyter nbconvert --to html --template playbook`` gives the same page as ``playbook run``. The whole page
is one file; only a page with charts needs one more, plotly's script, once beside the reports, or inside it
(``plotly_src`` None).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from nbconvert.exporters.html import HTMLExporter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode, from_dict

from playbook.rendering.frame import TEMPLATES, Placement, css_string, frame
from playbook.rendering.page import page_of
from playbook.words.text import Lang


class PagePreprocessor(Preprocessor):  # type: ignore[misc,unused-ignore]
    """Turns the notebook into ``resources["page"]`` and what the template needs beside it."""

    def preprocess(self, nb: Mapping[str, Any], resources: Any) -> tuple[NotebookNode, Any]:
        """No notebook any more, so that nothing of it can reach the page by another way."""
        place = resources.get("placement") or _told_by(nb["metadata"], resources)
        page = page_of(
            nb,
            lang=place.lang,
            fallback_title=place.fallback_title,
            files_href=place.files_href,
        )
        resources["page"] = page
        resources["placement"] = place
        resources["frame"] = frame(place, charts=page.charts > 0)
        told = (page.title, place.target, resources["frame"]["as_of"])
        resources["running_head"] = css_string(" · ".join(filter(None, told)))
        bare: NotebookNode = from_dict({**nb, "cells": [], "metadata": {}})  # type: ignore[no-untyped-call]
        return bare, resources


def _told_by(metadata: Mapping[str, Any], resources: Mapping[str, Any]) -> Placement:
    """Where a page stands that plain nbconvert makes: alone, everything inside."""
    parameters = metadata.get("papermill", {}).get("parameters") or {}
    name = str((resources.get("metadata") or {}).get("name", ""))
    lang: Lang = "en" if parameters.get("lang") == "en" else "ja"
    return Placement(lang=lang, as_of=str(parameters.get("as_of") or ""), fallback_title=name)


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
        self._ours = PagePreprocessor()  # type: ignore[no-untyped-call]

    def from_notebook_node(  # type: ignore[override]
        self, nb: Mapping[str, Any], resources: dict[str, Any] | None = None, **_: Any
    ) -> tuple[str, Any]:
        """The page and its resources, by our preprocessor alone: the parent copies the notebook for each of its own,
        which have nothing left to do, and reads the whole page once more.
        """
        bare, told = self._ours.preprocess(nb, self._init_resources(resources))  # type: ignore[no-untyped-call]
        return self.template.render(nb=bare, resources=told).lstrip("\r\n"), told


def export(exporter: PageExporter, notebook: Mapping[str, Any], place: Placement) -> str:
    """The HTML of an executed notebook.

    Raises:
        UnrenderedOutputError: an output cannot be shown.
    """
    html, _ = exporter.from_notebook_node(notebook, {"placement": place})
    return html
