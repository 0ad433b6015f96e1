"""Small notebooks, written for one test."""

from __future__ import annotations

import json
from pathlib import Path


def notebook_at(path: Path, *code: str, parameters: str = "") -> None:
    """Write a notebook with a parameters cell, which may declare more, and these code cells."""
    common = 'workspace: str = ""\nas_of: str = ""\nlang: str = "ja"\nclient: str = ""\n'
    cells = [("code", common + parameters, ["parameters"])]
    cells += [("code", source, []) for source in code]
    told = [
        {
            "cell_type": kind,
            "id": f"c{number}",
            "metadata": {"tags": tags},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, (kind, source, tags) in enumerate(cells)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": told, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
