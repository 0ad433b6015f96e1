"""The random workspaces that tell most: `make test` holds the engine to the oracle on these, `make slow` on thousands."""

from __future__ import annotations

TELLING = (0, 2, 13, 20, 23, 24, 29, 34, 37, 38, 40, 52, 61, 62, 64, 70, 86, 117, 175, 188, 255, 403, 439)
"""Seeds of `random_scenario`. Each part of the clock that `tests/slow/test_mutants.py` breaks or takes away shows on
one of them at least, most on two and more; what is new in the clock brings its own."""
