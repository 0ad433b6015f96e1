'''What a notebook asks for: names and types, read from its ``parameters`` cell without running it.

The cell tagged ``parameters`` holds plain assignments. The annotation gives the type, the comment its
meaning::

    workspace: str = ""        # folder, file or database with the tables
    as_of: str = "2026-11-20"  # the moment the question is asked for
    lang: str = "ja"
    top: int = 10              # rows of the short list
    owner: str | None = None   # only this person
    stages: list[str] = []     # only these stages
    edition: str = "bank"      # bank | company | hire

Types are ``str``, ``int``, ``float``, ``bool``, ``list[str]``, each with ``| None`` where it may be left
out, and ``"date"`` (quoted; the value is ISO text). Without an annotation the default decides. A comment of
words with ``|`` between them lists the allowed values. ``as_of`` and ``since`` are dates and ``lang`` is
``ja | en`` in every notebook.

>>> schema = read_parameters("""
... as_of: str = "2026-11-20"
... client: str = ""  # only this client
... top: int = 10
... """)
>>> schema.check({"client": "001", "top": "5"})
{'client': '001', 'top': 5}
>>> schema.check({"clint": "A"})
Traceback (most recent call last):
playbook.words.problem.ArgumentError: parameter 'clint': unknown; allowed: as_of, client, top
  Hint: did you mean 'client'?
'''

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, assert_never

from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, PlaybookError, Problem, Said, did_you_mean

ParameterKind = Literal["text", "integer", "number", "flag", "list", "date"]
Value = str | int | float | bool | list[str] | None

_KINDS: dict[str, ParameterKind] = {
    "str": "text",
    "int": "integer",
    "float": "number",
    "bool": "flag",
    "list[str]": "list",
    "date": "date",
}
_ALLOWED: dict[ParameterKind, Said] = {
    "text": msg("text"),
    "integer": msg("a whole number such as 10"),
    "number": msg("a number such as 0.5"),
    "flag": msg("true or false"),
    "list": msg("texts with a comma between them"),
    "date": msg("a date such as 2026-11-20, or a date and time such as 2026-11-20T18:00"),
}
_DATES = ("as_of", "since", "changed_on")
_CHOICES: dict[str, tuple[str, ...]] = {"lang": ("ja", "en")}
_TRUE = ("true", "yes", "1", "はい")
_FALSE = ("false", "no", "0", "いいえ")
_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)?$|^pwd$|secret|token|credential|api_?key|パスワード|暗証",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"^[a-z][a-z0-9+.-]*://[^/@\s]*:[^/@\s]+@|[?&;](password|pwd|token|secret|api_?key)=",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing a notebook asks for."""

    name: str
    kind: ParameterKind
    default: Value
    optional: bool = False
    choices: tuple[str, ...] = ()
    meaning: str = ""

    @property
    def allowed(self) -> Said:
        """What may be passed, in words."""
        said: Said = ", ".join(self.choices) if self.choices else _ALLOWED[self.kind]
        return msg("{said}, or nothing", said=said) if self.optional else said

    def parse(self, value: object) -> Value:
        """The value in the parameter's type; text is read as it stands on a command line.

        Raises:
            ArgumentError: the value is not of this type, or is a secret.
        """
        if value is None and self.optional:
            return None
        try:
            parsed = _parse(self.kind, value)
        except (TypeError, ValueError):
            raise ArgumentError(
                Problem(f"parameter '{self.name}'", msg("found {value!r}", value=value), self.allowed)
            ) from None
        self._refuse_unlisted(parsed)
        _refuse_secret(self.name, parsed)
        return parsed

    def _refuse_unlisted(self, value: Value) -> None:
        if self.choices and value not in self.choices:
            hint = did_you_mean(str(value), self.choices)
            raise ArgumentError(
                Problem(f"parameter '{self.name}'", msg("found {value!r}", value=value), self.allowed, hint)
            )


@dataclass(frozen=True, slots=True)
class NotebookParameters:
    """All that one notebook asks for, in the order of its cell."""

    parameters: tuple[Parameter, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in order."""
        return tuple(parameter.name for parameter in self.parameters)

    def check(self, values: Mapping[str, object]) -> dict[str, Value]:
        """The given values in their declared types, in the order given.

        Raises:
            ArgumentError: every unknown name, mistyped value and secret at once.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        checked: dict[str, Value] = {}
        problems: list[Problem] = []
        for name, value in values.items():
            try:
                _refuse_secret(name, None)
                checked[name] = self._known(name, known).parse(value)
            except PlaybookError as error:
                problems.extend(error.problems)
        if problems:
            raise ArgumentError(problems)
        return checked

    def _known(self, name: str, known: Mapping[str, Parameter]) -> Parameter:
        if name in known:
            return known[name]
        hint = did_you_mean(name, self.names)
        raise ArgumentError(Problem(f"parameter '{name}'", msg("unknown"), ", ".join(self.names), hint))


def read_parameters(source: str) -> NotebookParameters:
    """The parameters a cell declares, one per assignment, without running it.

    Raises:
        ArgumentError: the cell is not Python, or an assignment is not a plain ``name: type = value``.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise ArgumentError(
            Problem(f"parameters cell, line {error.lineno}", msg("not Python: {msg_}", msg_=error.msg))
        ) from error
    comments = dict(_comments(source))
    return NotebookParameters(tuple(_parameter(node, comments) for node in tree.body if not _is_docstring(node)))


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _comments(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("#").strip()


def _parameter(node: ast.stmt, comments: Mapping[int, str]) -> Parameter:
    match node:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=ast.expr() as value):
            default = _literal(name, value)
            kind, optional = _annotated(name, annotation)
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            default = _literal(name, value)
            kind, optional = _kind_of(name, default), False
        case _:
            raise ArgumentError(
                Problem(
                    f"parameters cell, line {node.lineno}",
                    msg("not an assignment"),
                    "name: type = value",
                )
            )
    meaning = comments.get(node.end_lineno or node.lineno, "")
    choices = _CHOICES.get(name, _listed(meaning))
    if name in _DATES and kind == "text":
        kind = "date"
    return Parameter(name, kind, default, optional or default is None, choices, meaning)


def _literal(name: str, value: ast.expr) -> Any:
    try:
        return ast.literal_eval(value)
    except ValueError:
        raise ArgumentError(
            Problem(f"parameters cell, '{name}'", msg("the default is computed"), msg("a plain value"))
        ) from None


def _annotated(name: str, annotation: ast.expr) -> tuple[ParameterKind, bool]:
    quoted = isinstance(annotation, ast.Constant) and isinstance(annotation.value, str)
    words = str(annotation.value) if quoted and isinstance(annotation, ast.Constant) else ast.unparse(annotation)
    parts = [part.strip() for part in words.split("|")]
    kinds = [part for part in parts if part != "None"]
    if len(kinds) != 1 or kinds[0] not in _KINDS:
        allowed = ", ".join(_KINDS)
        raise ArgumentError(
            Problem(f"parameters cell, '{name}'", msg("found the type '{words}'", words=words), allowed)
        )
    return _KINDS[kinds[0]], "None" in parts


def _kind_of(name: str, default: object) -> ParameterKind:
    match default:
        case bool():
            return "flag"
        case int():
            return "integer"
        case float():
            return "number"
        case list():
            return "list"
        case str():
            return "text"
        case _:
            raise ArgumentError(
                Problem(
                    f"parameters cell, '{name}'",
                    msg("the type is unclear"),
                    msg("an annotation such as str | None"),
                )
            )


def _listed(comment: str) -> tuple[str, ...]:
    """The values a comment lists, such as ``bank | company | hire``; empty where it is a sentence."""
    words = tuple(word.strip() for word in comment.split("|"))
    return words if len(words) > 1 and all(re.fullmatch(r"[\w-]+", word) for word in words) else ()


def _parse(kind: ParameterKind, value: object) -> Value:
    match kind:
        case "text":
            return _text(value)
        case "integer":
            return _integer(value)
        case "number":
            return _number(value)
        case "flag":
            return _flag(value)
        case "list":
            return _list(value)
        case "date":
            return _date(value)
        case _:
            assert_never(kind)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError
    return int(value)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError
    return float(value)


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = _text(value).strip().lower()
    if word not in _TRUE + _FALSE:
        raise ValueError
    return word in _TRUE


def _list(value: object) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list | tuple):
        raise TypeError
    return [_text(part) for part in value]


def _date(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    text = _text(value).strip()
    if text:
        datetime.fromisoformat(text)
    return text


def _refuse_secret(name: str, value: Value) -> None:
    texts = value if isinstance(value, list) else [value]
    if _SECRET_NAME.search(name) or any(isinstance(t, str) and _SECRET_VALUE.search(t) for t in texts):
        raise ArgumentError(
            Problem(
                f"parameter '{name}'",
                msg("looks like a secret"),
                hint=msg("parameters are kept in notebooks and records; pass secrets as environment variables"),
            )
        )


def injected_source(values: Mapping[str, Value]) -> str:
    """The assignments that give a notebook its parameters, as Python source.

    >>> print(injected_source({"client": "北辰精工", "top": 5}))
    client = '北辰精工'
    top = 5
    """
    return "\n".join(f"{name} = {value!r}" for name, value in values.items())
