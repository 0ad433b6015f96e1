"""From what was typed to checked values: every mistake of a command line at once, each with a hint."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from playbook.commands.menu import COMMANDS, Command, Option, OptionForm, command_names
from playbook.commands.output import ENDINGS
from playbook.words.catalogue import msg
from playbook.words.folding import fold
from playbook.words.problem import ArgumentError, PlaybookError, Problem, Said, did_you_mean, in_both
from playbook.words.text import LANGS, Lang, Text

_USAGE = msg("usage")
_OPTIONS = msg("options")
_ARGUMENTS = msg("arguments")
_EXAMPLES = msg("examples")
_COMMANDS = msg("commands")
_HELP = msg("show this help")
_VERSION = msg("show the version")
_WHAT = msg("Turns written recruiting procedures into something that runs: who owes whom what, by when, and why.")
_MORE = msg("More on a command: playbook COMMAND --help (in Japanese: --lang ja)")


@dataclass(frozen=True)
class Asked:
    """What was asked on the command line: a command, and the value of each of its options and arguments.

    An option that was not given is None, or empty where it may be repeated; a flag is true or false.
    """

    command: Command
    values: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str) -> Any:
        """The value; None where the command has no such option."""
        return self.values.get(name)


def asked(written: Sequence[str]) -> Asked | str:
    """What was asked, or a text to show instead (help, version).

    ArgumentError with every unknown option and every value that cannot be used.
    """
    lang = lang_of(written)
    head, name, rest = _parted(written)
    if {"-h", "--help"} & set(head) or not written:
        return menu_text(lang)
    if "--version" in head:
        from playbook import __version__

        return f"playbook {__version__}"
    command = _command(name)
    rest = [*head, *rest]
    if {"-h", "--help"} & set(rest):
        return help_text(command, lang)
    return Asked(command, _values(command, rest))


def lang_of(written: Sequence[str]) -> Lang:
    """The language that is asked for anywhere, else that of the workspace that is named; Japanese where none is."""
    asked_for = _given("--lang", written)
    if asked_for in LANGS:
        return "en" if asked_for == "en" else "ja"
    named = _given("--workspace", written)
    # What is told of an error is told in some language, whatever stands in the workspace.
    with suppress(PlaybookError, OSError, ValueError):
        place = Path(named) / "workspace.toml"
        if named and place.is_file():
            from playbook.tables.settings import read_settings  # here, as it brings the tables along

            return read_settings(place).language
    return "ja"


def _given(flag: str, written: Sequence[str]) -> str:
    """The last value of an option, before anything is checked."""
    values = [
        following if word == flag else word.partition("=")[2]
        for word, following in pairwise([*written, ""])
        if word == flag or word.startswith(f"{flag}=")
    ]
    return values[-1] if values else ""


def _parted(written: Sequence[str]) -> tuple[list[str], str, list[str]]:
    """What stands before the command, the command, and what follows it."""
    head = list(written)
    for place, word in enumerate(head):
        if not word.startswith("-") and (place == 0 or head[place - 1] != "--lang"):
            return head[:place], word, head[place + 1 :]
    return head, "", []


def _command(name: str) -> Command:
    for command in COMMANDS:
        if command.name == name:
            return command
    known = command_names()
    found = msg("there is no command '{name}'", name=name) if name else msg("a command is missing")
    raise ArgumentError(Problem("playbook", found, ", ".join(known), did_you_mean(name, known)))


# Values


class _Parser(argparse.ArgumentParser):
    """A parser that raises what it has to say."""

    def error(self, message: str) -> NoReturn:
        raise ArgumentError(Problem(self.prog, in_both(message, _PARSER_SAYS), hint=f"{self.prog} --help"))


_PARSER_SAYS = (
    msg("the following arguments are required: {}"),
    msg("argument {}: expected one argument"),
    msg("argument {}: ignored explicit argument {}"),
    msg("unrecognized arguments: {}"),
)


def _parser(command: Command) -> _Parser:
    parser = _Parser(prog=f"playbook {command.name}", add_help=False, allow_abbrev=False)
    for argument in command.arguments:
        count = "*" if argument.many else "?" if argument.optional else None
        parser.add_argument(argument.name, nargs=count)
    for option in command.options:
        names = [option.short, option.flag] if option.short else [option.flag]
        if option.form == "flag":
            parser.add_argument(*names, action="store_true", dest=option.name)
        else:
            parser.add_argument(*names, action="append", dest=option.name, default=[])
    return parser


def _values(command: Command, written: Sequence[str]) -> dict[str, Any]:
    parsed, unknown = _parser(command).parse_known_args(written)
    values: dict[str, Any] = vars(parsed)
    problems = list(_unknown(command, unknown))
    for option in command.options:
        if option.form == "flag":
            continue
        read: list[Any] = []
        for text in values[option.name]:
            try:
                read.append(_FORMS[option.form](option, text))
            except ArgumentError as error:
                problems.extend(error.problems)
        values[option.name] = tuple(read) if option.many else read[-1] if read else None
    if problems:
        raise ArgumentError(problems)
    return values


def _unknown(command: Command, words: Sequence[str]) -> Iterator[Problem]:
    """One problem per word that nothing takes; the word after an unknown option is taken for its value."""
    known = [option.flag for option in command.options]
    before = ""
    for word in words:
        flag = word.split("=", 1)[0]
        if word.startswith("-"):
            yield Problem(
                flag,
                msg("playbook {name} has no such option", name=command.name),
                ", ".join(known),
                did_you_mean(flag, known),
            )
        elif not before.startswith("-"):
            yield Problem(
                f"'{word}'",
                msg("playbook {name} does not take this", name=command.name),
                hint=f"playbook {command.name} --help",
            )
        before = word


def _text(option: Option, text: str) -> str:
    if not text.strip():
        raise _refused(option, text, option.takes)
    return text


def _file(option: Option, text: str) -> Path:
    return Path(_text(option, text))


def _output(option: Option, text: str) -> Path:
    path = _file(option, text)
    if path.suffix.lower() not in ENDINGS:
        raise _refused(option, text, msg("a file that ends in {value}", value=", ".join(ENDINGS)))
    if not path.parent.is_dir():
        raise ArgumentError(
            Problem(
                f"{option.flag} {text}",
                msg("there is no folder '{parent}'", parent=path.parent),
                msg("a folder that exists"),
            )
        )
    if path.is_dir():
        raise ArgumentError(Problem(f"{option.flag} {text}", msg("is a folder"), msg("a file")))
    return path


def _moment(option: Option, text: str) -> str:
    """A day or a moment in ISO 8601, written in any way in which the data may write it: 2026/11/20, R8.11.20."""
    written = text.strip()
    with suppress(ValueError):
        (date if len(written) <= 10 else datetime).fromisoformat(written)
        return written
    from playbook.days.moment import moment_of  # only for what is not ISO

    moment = moment_of(fold(written))
    if moment is None:
        raise _refused(option, text, msg("a date 2026-11-20 or a date-time 2026-11-20T09:00"))
    return moment.at.isoformat() if moment.has_time else moment.at.date().isoformat()


def _count(option: Option, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 6:
        raise _refused(option, text, msg("a whole number, 0 or more"))
    return int(text)


def _number(option: Option, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise _refused(option, text, msg("a number, 0 or more"))
    return number


def _change(option: Option, text: str) -> tuple[str, str]:
    name, given, value = text.partition("=")
    if not given or not name.strip():
        raise _refused(option, text, option.takes)
    return name.strip(), value.strip()


def _choice(option: Option, text: str) -> str:
    if text not in option.choices:
        raise _refused(option, text, ", ".join(option.choices), did_you_mean(text, option.choices))
    return text


def _days(option: Option, text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdecimal() and 0 < int(part) < 10_000 for part in parts):
        raise _refused(option, text, msg("whole numbers of days from 1, with commas between them: 30,60,90"))
    return tuple(int(part) for part in dict.fromkeys(parts))


def _refused(option: Option, text: str, allowed: Said, hint: Said = "") -> ArgumentError:
    return ArgumentError(Problem(option.flag, msg("found '{text}'", text=text), allowed, hint))


_FORMS: Mapping[OptionForm, Callable[[Option, str], Any]] = {
    "text": _text,
    "file": _file,
    "output": _output,
    "moment": _moment,
    "count": _count,
    "number": _number,
    "change": _change,
    "choice": _choice,
    "lang": _choice,
    "days": _days,
}


# Help


def menu_text(lang: Lang = "ja") -> str:
    """The help of the whole: every command in a line, and an example of most in both languages."""
    width = max(map(len, command_names()))
    listed = [f"  {command.name:<{width}}  {command.does.say(lang)}" for command in COMMANDS]
    flags = [
        ("-h, --help", _HELP),
        ("--version", _VERSION),
        ("--lang ja|en", msg("language (with any command)")),
    ]
    examples = [command.examples[0] for command in COMMANDS if command.examples]
    return "\n".join(
        [
            f"{_USAGE.say(lang)}: playbook COMMAND [...]",
            "",
            _WHAT.say(lang),
            "",
            f"{_COMMANDS.say(lang)}:",
            *listed,
            "",
            f"{_OPTIONS.say(lang)}:",
            *(f"  {flag:<{width + 2}}  {does.say(lang)}" for flag, does in flags),
            "",
            f"{_EXAMPLES.say('ja')} / {_EXAMPLES.say('en')}:",
            *(f"  {one.line}\n      {one.does.ja} / {one.does.en}" for one in examples),
            "",
            _MORE.say(lang),
        ]
    )


def help_text(command: Command, lang: Lang = "ja") -> str:
    """The help of one command: usage, options, and examples in both languages."""
    arguments = [(one.name, one.help) for one in command.arguments]
    options = [(_flags(option), option.help) for option in command.options]
    width = max((len(flags) for flags, _ in (*arguments, *options)), default=0)

    def block(head: Text, rows: Sequence[tuple[str, Text]]) -> Iterator[str]:
        if rows:
            yield from ("", f"{head.say(lang)}:")
            yield from (f"  {flags:<{width}}  {does.say(lang)}" for flags, does in rows)

    taken = "".join(f" [{one.name} ...]" if one.many else f" {one.name}" for one in command.arguments)
    return "\n".join(
        [
            f"{_USAGE.say(lang)}: playbook {command.name}{taken} [{_OPTIONS.say(lang)}]",
            "",
            command.does.say(lang),
            *block(_ARGUMENTS, arguments),
            *block(_OPTIONS, [*options, ("-h, --help", _HELP)]),
            "",
            f"{_EXAMPLES.say('ja')} / {_EXAMPLES.say('en')}:",
            *(f"  {one.line}\n      {one.does.ja} / {one.does.en}" for one in command.examples),
        ]
    )


def _flags(option: Option) -> str:
    names = f"{option.short}, {option.flag}" if option.short else option.flag
    return f"{names} {option.takes}".rstrip()
