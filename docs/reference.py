"""Writes `reference.md` from docstrings and the menu: `python docs/reference.py`; a test keeps it current."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import playbook as pb
from playbook.commands.menu import COMMANDS, Argument, Command, Option
from playbook.publishing.reports import notebook_folder, report_names
from playbook.rendering.notebook import read_notebook, title_of
from playbook.publishing.plan import schema_of

PAGE = Path(__file__).with_name("reference.md")
_ANSWERED_BY = re.compile(r"`(\w+\.\w+)`\)")


def page() -> str:
    """The whole page."""
    head = (
        "# リファレンス / Reference\n\n"
        "このページは `docs/reference.py` が docstring とコマンドの定義から書きます。<br>\n"
        "Written from the docstrings and the menu of commands by `docs/reference.py`.\n\n"
        "[コマンド / Commands](#コマンド--commands) · [レポート / Reports](#レポート--reports) · [Python](#python) · "
        "[答えの列 / Columns of answers](#答えの列--columns-of-answers)"
    )
    parts = [
        head,
        "## コマンド / Commands",
        *map(command, COMMANDS),
        "## レポート / Reports",
        *reports(),
        "## Python",
        *methods(),
    ]
    return "\n\n".join([*parts, "## 答えの列 / Columns of answers", *answers()]) + "\n"


def command(one: Command) -> str:
    """A command with its arguments, options and examples."""
    rows = [*map(_argument, one.arguments), *map(_option, one.options)]
    table = ["| | | |", "|---|---|---|", *rows]
    examples = ["", "```text", *(example.line for example in one.examples), "```"] if one.examples else []
    return "\n".join([f"### playbook {one.name}", "", f"{one.does.ja} / {one.does.en}", "", *table, *examples])


def _argument(one: Argument) -> str:
    return f"| `{one.name}` | {one.help.ja} | {one.help.en} |"


def _option(one: Option) -> str:
    written = f"{one.flag} {one.takes}".strip().replace("|", "\\|")
    return f"| `{written}`{f' (`{one.short}`)' if one.short else ''} | {one.help.ja} | {one.help.en} |"


def reports() -> Iterator[str]:
    """Each report with its parameters, as its notebook declares them."""
    rows = ["| | | parameters |", "|---|---|---|"]
    for name in report_names(notebook_folder()):
        notebook = notebook_folder() / f"{name}.ipynb"
        told = [title_of(read_notebook(notebook), lang) for lang in ("ja", "en")]
        parameters = ", ".join(f"`{parameter}`" for parameter in schema_of(notebook).names)
        rows.append(f"| `{name}` | {' / '.join(filter(None, told))} | {parameters} |")
    yield "\n".join(rows)


def methods() -> Iterator[str]:
    """What one can ask of a workspace: signature and docstring of every public method."""
    yield _documented("pb.open", pb.open)
    yield f"### pb.Workspace\n\n{_told(pb.Workspace)}"
    for name, member in vars(pb.Workspace).items():
        if not name.startswith("_") and (callable(member) or isinstance(member, property | classmethod)):
            function = member.fget if isinstance(member, property) else member
            yield _documented(f"ws.{name}", function, called=not isinstance(member, property))


def answers() -> Iterator[str]:
    """The functions that answer, whose docstrings say the columns, each once."""
    told = "\n".join(inspect.getdoc(member) or "" for name, member in vars(pb.Workspace).items() if callable(member))
    for place in dict.fromkeys(_ANSWERED_BY.findall(told)):
        module, _, name = place.partition(".")
        yield f"### {place}\n\n{_told(getattr(import_module(f'playbook.{module}'), name))}"


def _documented(name: str, function: Any, *, called: bool = True) -> str:
    arguments = [one for one in inspect.signature(function).parameters.values() if one.name != "self"]
    signature = f"({_arguments(arguments)})" if called else ""
    return f"### {name}\n\n```text\n{name}{signature}\n```\n\n{_told(function)}"


def _arguments(arguments: list[inspect.Parameter]) -> str:
    plain = [one.replace(annotation=inspect.Parameter.empty) for one in arguments]
    return str(inspect.Signature(plain)).removeprefix("(").removesuffix(")")


def _told(what: Any) -> str:
    """A docstring as Markdown: lists of columns keep their lines."""
    text = inspect.getdoc(what) or ""
    return re.sub(
        r"((?:^ +\S.*\n?)+)", lambda found: f"\n```text\n{found[0].rstrip()}\n```\n", text, flags=re.MULTILINE
    ).strip()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
