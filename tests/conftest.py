"""How hard properties are tried: `make slow` tries each ten times as often."""

from __future__ import annotations

from hypothesis import settings
from thinned import ALL

settings.register_profile("quick", max_examples=40, deadline=None)
settings.register_profile("all", max_examples=400, deadline=None)
settings.load_profile("all" if ALL else "quick")
