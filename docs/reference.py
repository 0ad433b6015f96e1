"""Writes `reference.md` from docstrings and the menu: `python docs/reference.py`; a test keeps it current."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import playbook as pb
import playbook.answers
from playbook.ask.day import Case, Day
from playbook.commands.menu import COMMANDS, Argument, Command, Option
from playbook.publishing.plan import schema_of
from playbook.publishing.reports import notebook_folder, report_names
from playbook.rendering.notebook import find_notebook, read_notebook, title_of
from playbook.words.text import LANGS

PAGE = Path(__file__).with_name("reference.md")
_FLOORS = ("answers", "clock", "tables")
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
        notebook = find_notebook(name, notebook_folder())
        told = [title_of(read_notebook(find_notebook(name, notebook_folder(), lang))) for lang in LANGS]
        parameters = ", ".join(f"`{parameter}`" for parameter in schema_of(notebook).names)
        rows.append(f"| `{name}` | {' / '.join(filter(None, told))} | {parameters} |")
    yield "\n".join(rows)


def methods() -> Iterator[str]:
    """What one can ask of a workspace and of a day: signature and docstring of every public member."""
    yield _documented("pb.open", pb.open)
    yield f"### pb.Workspace\n\n{_told(pb.Workspace)}"
    yield from _members("ws", pb.Workspace)
    for name, kind in (("day", Day), ("case", Case), *((f"day.{name}()", kind) for name, kind in _subjects())):
        yield f"### {name}\n\n{_told(kind)}"
        yield from _members(name, kind)


def _members(owner: str, kind: type) -> Iterator[str]:
    for name, member in vars(kind).items():
        if name.startswith("_") or not (callable(member) or isinstance(member, property | classmethod)):
            continue
        function = member.fget if isinstance(member, property) else member
        yield _documented(f"{owner}.{name}", function, called=not isinstance(member, property))


def _subjects() -> Iterator[tuple[str, type]]:
    """The subjects of a day, by the names they are asked for."""
    modules = [import_module(f"playbook.answers.{one.name}") for one in iter_modules(playbook.answers.__path__)]
    kinds = {name: kind for module in modules for name, kind in vars(module).items() if inspect.isclass(kind)}
    for name, member in vars(Day).items():
        kind = str(inspect.signature(member).return_annotation) if inspect.isfunction(member) else ""
        if kind.endswith("[Frame]") and kind.removesuffix("[Frame]") in kinds:
            yield name, kinds[kind.removesuffix("[Frame]")]


def answers() -> Iterator[str]:
    """The functions that answer, whose docstrings say the columns, each once."""
    kinds = (pb.Workspace, Day, Case, *(kind for _, kind in _subjects()))
    members = (member for kind in kinds for member in vars(kind).values())
    told = "\n".join(inspect.getdoc(one) or "" for one in members if callable(one) or isinstance(one, property))
    for place in dict.fromkeys(_ANSWERED_BY.findall(told)):
        module, _, name = place.partition(".")
        found = [floor for floor in _FLOORS if find_spec(f"playbook.{floor}.{module}")]
        if found:
            answer = getattr(import_module(f"playbook.{found[0]}.{module}"), name)
            yield f"### {place}\n\n{_told(answer)}"


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
