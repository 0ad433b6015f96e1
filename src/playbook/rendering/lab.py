"""What is shown in a notebook looks as on a page: it brings a small style of its own, which touches nothing around it.

On a page the style would stand as often as there are outputs, and the page has its own: there it is taken out.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from functools import cache
from pathlib import Path

_AROUND = '<div class="pb-lab">', "</div>"
_STYLED = re.compile(rf"<style data-pb>[^<]*</style>{re.escape(_AROUND[0])}(.*){re.escape(_AROUND[1])}", re.DOTALL)


@cache
def _style() -> str:
    path = Path(__file__).parent / "nbtemplates" / "playbook" / "lab.css"
    return path.read_text(encoding="utf-8")


def styled(html: str) -> str:
    """HTML of the view layer as a notebook shows it, with its style; nothing, where there is nothing."""
    return f"<style data-pb>{_style()}</style>{_AROUND[0]}{html}{_AROUND[1]}" if html else ""


def unstyled(html: str) -> str:
    """The HTML that was styled; other HTML as it is.

    >>> unstyled(styled("<p>1</p>")), unstyled("<div>2</div>")
    ('<p>1</p>', '<div>2</div>')
    """
    found = _STYLED.fullmatch(html)
    return found[1] if found else html


class StyledInNotebooks(ABC):
    """What shows itself by `_repr_html_`, with its style where a notebook shows it."""

    __slots__ = ()

    @abstractmethod
    def _repr_html_(self) -> str:
        """The HTML, as IPython asks for it, without the style."""

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return {"text/plain": repr(self), "text/html": styled(self._repr_html_())}
