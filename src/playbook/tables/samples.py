"""Where the notebooks and the sample workspace are: inside the installed package, or at the root of a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def samples() -> Path:
    """The folder of the sample workspace."""
    return _there("samples", "data/samples")


def notebooks() -> Path:
    """The folder of the built-in notebooks."""
    return _there("notebooks", "notebooks")


def _there(installed: str, in_checkout: str) -> Path:
    inside = _PACKAGE / installed
    return inside if inside.is_dir() else _PACKAGE.parents[1] / in_checkout
