"""What plain papermill gave a notebook: a name that it does not know is an error there, and so is an empty workspace.

papermill only warns of unknown names, on a standard error that nobody reads at night, and a shell makes of a variable
that is not set an empty text: the page would be of the sample workspace, or of all clients. What is wrong is said in
the language of the notebook, here and below: an id that nobody has, a day that is none, a table that is missing.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import partial
from typing import Any

from playbook.rendering.parameters import read_parameters
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, PlaybookError, Problem, did_you_mean
from playbook.words.text import Lang

_WRITTEN = "# Parameters\n"
"""How the cell begins that papermill puts below the one that declares the parameters."""


def check(lang: Lang = "ja") -> None:
    """Hold what papermill put into the running notebook against the parameters that it declares.

    ArgumentError, said in `lang`, names every unknown parameter and a workspace that is given and empty; nothing
    happens where no such cell was run: in JupyterLab, by `playbook run`, or without any `-p`. In a kernel, what later
    cells raise of ours is said in `lang` as well.
    """
    shell = _shell()
    if getattr(shell, "kernel", None) is not None:
        shell.set_custom_exc((PlaybookError,), partial(_shown, lang))
    problems = _problems(_cells_run(shell))
    if problems:
        raise _in(lang, ArgumentError(problems))


def _in(lang: Lang, error: PlaybookError) -> PlaybookError:
    error.args = ("\n".join(one.say(lang) for one in error.problems),)
    return error


def _shown(
    lang: Lang, shell: Any, kind: type[PlaybookError], error: PlaybookError, trace: Any, tb_offset: int | None = None
) -> None:
    """What IPython calls with an error of ours: it is shown as any other, in a language."""
    shell.showtraceback((kind, _in(lang, error), trace), tb_offset=tb_offset)


def _shell() -> Any:
    """The IPython that runs this, None outside of it."""
    from IPython.core.getipython import get_ipython

    return get_ipython()


def _cells_run(shell: Any) -> Sequence[str]:
    """The sources of the cells run so far; none outside of IPython."""
    return [] if shell is None else list(shell.user_ns.get("In", ()))


def _problems(cells: Sequence[str]) -> list[Problem]:
    places = [place for place, source in enumerate(cells) if source.startswith(_WRITTEN)]
    if not places or not places[-1]:
        return []
    known = read_parameters(cells[places[-1] - 1]).names
    given = {
        target.id: node.value
        for node in ast.parse(cells[places[-1]]).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    unknown = [
        Problem(f"parameter '{name}'", msg("unknown"), ", ".join(known), did_you_mean(name, known))
        for name in given
        if name not in known
    ]
    workspace = given.get("workspace")
    if isinstance(workspace, ast.Constant) and workspace.value in ("", None):
        hint = msg("is a variable not set? Without this parameter the sample workspace is shown")
        allowed = msg("a folder, a workbook or a database")
        unknown.append(Problem("parameter 'workspace'", msg("the text is empty"), allowed, hint))
    return unknown
