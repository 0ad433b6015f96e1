"""The id that is meant: notebook runners make numbers of what is written on a command line, and drop its zeros."""

from __future__ import annotations

import re
from collections.abc import Collection

from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, did_you_mean

_SHOWN = 5


def named(what: str, given: object, known: Collection[str]) -> str:
    """The known id that is given; empty where nothing is.

    A number (`papermill -p client 007` gives 7) is the one id that is this number with zeros before it.
    ArgumentError where there is no such id, or a number could be several.

    >>> named("client", 7, ["007", "008"]), named("client", "", ["007"])
    ('007', '')
    """
    text = "" if given is None else str(given)
    if not text or text in known:
        return text
    ids = sorted(known)
    alike = [] if isinstance(given, str) else [one for one in ids if re.fullmatch(f"0*{re.escape(text)}", one)]
    if len(alike) == 1:
        return alike[0]
    shown = alike or ids
    allowed = ", ".join(shown[:_SHOWN]) + ", ..." * (len(shown) > _SHOWN)
    if alike:
        found, hint = (
            msg("the number {text} could be {len} of them", text=text, len=len(alike)),
            f"papermill -r {what} {alike[0]}",
        )
        raise ArgumentError(Problem(what, found, allowed, hint))
    raise ArgumentError(Problem(what, msg("there is no '{text}'", text=text), allowed, did_you_mean(text, ids)))
