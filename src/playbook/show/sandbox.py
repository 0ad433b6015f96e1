"""The sandbox of drafts: a template reads and writes text, and has neither the time nor the room to do harm.

What a firm writes itself may be copied from anywhere. So loops go round a limited number of times in all, texts grow
to a limited length, numbers to a limited size; what only makes something long (padding, repeating) is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from jinja2 import Environment, nodes, pass_environment, pass_eval_context
from jinja2.exceptions import SecurityError
from jinja2.filters import do_join, do_replace
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_ROUNDS = 10_000
"""Of all loops of a draft together."""

LONGEST = 100_000
"""Characters, of anything a template puts together."""

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
)


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which templates end soon and stay small; SecurityError where one does not."""

    intercepted_binops = frozenset(["*", "**", "%", "+"])
    rounds: int

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.rounds = 0
        for name in _LONG_FILTERS:
            self.filters.pop(name, None)
        own = {"bounded_loop": _bounded_loop, "bounded_text": _bounded_text, "replace": _replace, "join": _join}
        self.filters.update(own)

    def _generate(self, source: nodes.Template, *more: Any, **named: Any) -> str:
        for loop in source.find_all(nodes.For):
            loop.iter = _through("bounded_loop", loop.iter, self)
        for joined in source.find_all(nodes.Concat):
            joined.nodes = [_through("bounded_text", part, self) for part in joined.nodes]
        return super()._generate(source, *more, **named)

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
        environment.rounds += 1
        if environment.rounds > MOST_ROUNDS:
            raise SecurityError(f"its loops go round more than {MOST_ROUNDS:,} times")
        yield value


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
