"""The sandbox of drafts: a template reads and writes text, and has neither the time nor the room to do harm.

What a firm writes itself may be copied from anywhere. So loops and calls go round a limited number of times in all,
texts grow to a limited length, numbers to a limited size, and no list holds another; what calls itself (macros,
recursive loops) and what only makes something long (padding, repeating) is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from jinja2 import Environment, nodes, pass_environment, pass_eval_context
from jinja2.exceptions import SecurityError
from jinja2.filters import do_join, do_replace, do_round
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_ROUNDS = 10_000
"""Of all loops of a draft together."""

LONGEST = 100_000
"""Characters, of anything a template puts together."""

MOST_READ = 5_000_000
"""Characters and items that all filters and outputs of a draft together may go through."""

_NO_USE = (
    nodes.Macro, nodes.CallBlock, nodes.FilterBlock, nodes.Block, nodes.Extends, nodes.Include, nodes.Import,
    nodes.FromImport,
)  # fmt: skip

_METHODS = frozenset(
    {
        *("strip", "lstrip", "rstrip", "upper", "lower", "title", "capitalize", "startswith", "endswith", "split"),
        *("splitlines", "removeprefix", "removesuffix", "isdigit", "find", "count"),
    }
)
_LONG_FILTERS = (
    "center",
    "format",
    "indent",
    "wordwrap",
    "batch",
    "slice",
    "xmlattr",
    "pprint",
    "tojson",
    "filesizeformat",
    "urlize",
    "striptags",
    "random",
)


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which templates end soon and stay small; SecurityError where one does not."""

    intercepted_binops = frozenset(["*", "**", "%", "+"])
    rounds: int
    read: int

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.rounds = self.read = 0
        self.globals.clear()  # no `range`, no `lipsum`: a draft has nothing to count
        for name in _LONG_FILTERS:
            self.filters.pop(name, None)
        own = {"bounded_loop": _bounded_loop, "bounded_text": _bounded_text, "replace": _replace, "join": _join}
        self.filters.update(own, bounded_read=_bounded_read, bounded_part=_bounded_part, round=_round)

    def _parse(self, source: str, *more: Any) -> nodes.Template:
        _bounded_text(source)
        return super()._parse(source, *more)

    def _generate(self, source: nodes.Template, *more: Any, **named: Any) -> str:
        for useless in source.find_all(_NO_USE):
            raise SecurityError(f"line {useless.lineno}: a draft has no use for '{type(useless).__name__.lower()}'")
        for one in list(source.find_all((nodes.Filter, nodes.Test, nodes.Output, nodes.List, nodes.Tuple, nodes.Pair))):
            self._bound(one)
        for loop in source.find_all(nodes.For):
            if loop.recursive:
                raise SecurityError(f"line {loop.lineno}: a draft has no use for a loop within itself")
            loop.iter = _through("bounded_loop", loop.iter, self)
        for joined in source.find_all(nodes.Concat):
            joined.nodes = [_through("bounded_text", part, self) for part in joined.nodes]
        return super()._generate(source, *more, **named)

    def _bound(self, one: nodes.Node) -> None:
        """Let what a filter reads and what is put out be counted, and no list hold another."""
        match one:
            case nodes.Filter() | nodes.Test() if one.node is not None:
                one.node = _through("bounded_read", one.node, self)
            case nodes.Output():
                parts: list[nodes.Expr] = []
                for part in one.nodes:
                    parts.append(part if isinstance(part, nodes.TemplateData) else _through("bounded_read", part, self))
                one.nodes = parts
            case nodes.List() | nodes.Tuple() if getattr(one, "ctx", "load") == "load":
                one.items = [_through("bounded_part", part, self) for part in one.items]
            case nodes.Pair():
                one.value = _through("bounded_part", one.value, self)

    def call(self, context: Context, called: Any, /, *given: Any, **named: Any) -> Any:
        """What a method gives; counted like the rounds of a loop."""
        self.round_()
        _bounded_read(self, getattr(called, "__self__", ""))
        return super().call(context, called, *given, **named)

    def call_filter(self, name: str, value: Any, *more: Any, **named: Any) -> Any:
        """What a filter makes of one of many things (`map`); counted like the rounds of a loop."""
        self.round_()
        return _bounded_read(self, super().call_filter(name, _bounded_read(self, value), *more, **named))

    def round_(self) -> None:
        """Once more; SecurityError where that is too often."""
        self.rounds += 1
        if self.rounds > MOST_ROUNDS:
            raise SecurityError(f"its loops go round more than {MOST_ROUNDS:,} times")

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may read an attribute; of a text, only what cannot make it long."""
        if isinstance(obj, str | bytes | list | tuple):
            return isinstance(obj, str) and attr in _METHODS
        return bool(super().is_safe_attribute(obj, attr, value))

    def wrap_str_format(self, value: Any) -> None:
        """Nothing: `format` of a text pads it to any width, and is refused like other methods."""

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """What two values give; SecurityError where that would be long, or a number without end."""
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        small = numbers and abs(left) < 1e15 and abs(right) < 1e15
        if operator == "**" or (operator in ("*", "%") and not small):
            raise SecurityError(f"a template has no use for '{operator}' here")
        if operator == "+" and not numbers:
            _bounded_text(left)
            _bounded_text(right)
        return super().call_binop(context, operator, left, right)


def _through(name: str, value: nodes.Node, environment: Environment) -> nodes.Filter:
    made = nodes.Filter(value, name, [], [], None, None)
    made.set_lineno(value.lineno)
    made.set_environment(environment)
    return made


@pass_environment
def _bounded_loop(environment: BoundedEnvironment, values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        environment.round_()
        yield value


@pass_environment
def _bounded_read(environment: BoundedEnvironment, value: Any) -> Any:
    environment.read += _size(value)
    if environment.read > MOST_READ:
        raise SecurityError(f"goes through more than {MOST_READ:,} characters")
    return value


def _size(value: object) -> int:
    """Characters of a text, of a list those of what is in it."""
    if isinstance(value, dict):
        return sum(map(_size, value.values())) + len(value)
    if isinstance(value, list | tuple | set):
        return sum(len(one) if isinstance(one, str) else 20 for one in value)
    return len(value) if isinstance(value, str) else 20


def _bounded_part(value: Any) -> Any:
    if isinstance(value, list | tuple | dict):
        raise SecurityError("a draft has no use for a list in a list")
    return value


def _round(value: float, precision: int = 0, method: Literal["common", "ceil", "floor"] = "common") -> float:
    return do_round(value, max(-_DIGITS, min(precision, _DIGITS)), method)


_DIGITS = 15


@pass_eval_context
def _replace(context: EvalContext, text: str, old: str, new: str, count: int | None = None) -> str:
    if (len(str(text)) + 1) * (len(str(new)) + 1) > LONGEST:
        raise _too_long()
    return do_replace(context, text, old, new, count)


@pass_eval_context
def _join(context: EvalContext, values: Iterable[Any], between: str = "", attribute: str | int | None = None) -> str:
    parts = list(values)
    if sum(len(str(part)) + len(str(between)) for part in parts) > LONGEST:
        raise _too_long()
    return str(do_join(context, parts, between, attribute))


def _too_long() -> SecurityError:
    return SecurityError(f"puts together more than {LONGEST:,} characters")


def _bounded_text(value: Any) -> Any:
    if isinstance(value, str | list | tuple) and len(value) > LONGEST:
        raise _too_long()
    return value
