"""playbook turns written recruiting procedures into something that runs.

>>> import playbook as pb
>>> pb.Offset.parse("7 days").n
7
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playbook.ask.workspace import Workspace, open
    from playbook.rules.nouns import Playbook
    from playbook.rules.offset import Offset
    from playbook.rules.reading import builtin_playbooks, read_playbook
    from playbook.words.problem import PlaybookError

__version__ = "0.1.0"
__all__ = ["Offset", "Playbook", "PlaybookError", "Workspace", "builtin_playbooks", "open", "read_playbook"]

# Imported when first asked for, so that `import playbook` and the command's help stay quick.
_HOME = {
    "Offset": "playbook.rules.offset",
    "Playbook": "playbook.rules.nouns",
    "PlaybookError": "playbook.words.problem",
    "Workspace": "playbook.ask.workspace",
    "builtin_playbooks": "playbook.rules.reading",
    "open": "playbook.ask.workspace",
    "read_playbook": "playbook.rules.reading",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'playbook' has no attribute '{name}'")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
