"""How hard properties are tried: `make test` tries the same on every machine, `make slow` ten times as many, new ones."""

from __future__ import annotations

from hypothesis import settings
from thinned import ALL

settings.register_profile("quick", max_examples=40, deadline=None, derandomize=True)
settings.register_profile("all", max_examples=400, deadline=None)
settings.load_profile("all" if ALL else "quick")
