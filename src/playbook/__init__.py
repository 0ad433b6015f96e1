"""playbook turns written recruiting procedures into something that runs.

>>> import playbook as pb
>>> pb.Offset.parse("7 days").n
7
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playbook.api import Workspace, open
    from playbook.errors import PlaybookError
    from playbook.offset import Offset
    from playbook.rulebook import Playbook
    from playbook.rulefile import builtin_playbooks, read_playbook

__version__ = "0.1.0"
__all__ = ["Offset", "Playbook", "PlaybookError", "Workspace", "builtin_playbooks", "open", "read_playbook"]

# Imported when first asked for, so that `import playbook` and the command's help stay quick.
_HOME = {
    "Offset": "playbook.offset",
    "Playbook": "playbook.rulebook",
    "PlaybookError": "playbook.errors",
    "Workspace": "playbook.api",
    "builtin_playbooks": "playbook.rulefile",
    "open": "playbook.api",
    "read_playbook": "playbook.rulefile",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'playbook' has no attribute '{name}'")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
