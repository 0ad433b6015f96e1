"""What the source says of a problem without a message of both languages: as patterns, `{}` for what is filled in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import playbook

SOURCE = Path(playbook.__file__).parent
_SAYS = {"Problem", "_refused", "_refuse", "_wrong", "note", "refuse", "_problem", "_outside_years", "_unlike"}
_SAID = {"found", "wrong", "hint", "allowed", "wanted", "listed", "years", "why", "too_large", "patterns", "said"}


def unsaid() -> dict[str, str]:
    """Each pattern with a place where it is said."""
    found: dict[str, str] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if not any(f"{name}(" in source for name in _SAYS):
            continue
        for node in _saying(ast.parse(source)):
            for pattern in _patterns(node):
                found.setdefault(pattern, f"{path.relative_to(SOURCE).as_posix()}:{node.lineno}")
    return {pattern: place for pattern, place in found.items() if any(c.isalpha() for c in pattern.replace("{}", ""))}


def _saying(tree: ast.AST) -> Iterator[ast.expr]:
    """What is found, allowed and hinted at in the problems of a module, and what is put together for them before."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _name(call.func) in _SAYS:
            yield from call.args[1:]
            yield from (word.value for word in call.keywords if word.arg in ("found", "allowed", "hint"))
    for function in functions:
        if any(isinstance(node, ast.Call) and _name(node.func) in _SAYS for node in ast.walk(function)):
            for node in ast.walk(function):
                if isinstance(node, ast.Assign) and {_name(one) for one in _targets(node)} & _SAID:
                    yield node.value


def _targets(node: ast.Assign) -> Iterator[ast.expr]:
    for target in node.targets:
        yield from target.elts if isinstance(target, ast.Tuple) else [target]


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _patterns(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str() as text):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)
        case ast.IfExp(body=body, orelse=other):
            yield from _patterns(body)
            yield from _patterns(other)
        case ast.Tuple(elts=parts):
            for part in parts:
                yield from _patterns(part)
        case ast.Dict(values=parts) | ast.BoolOp(values=parts):
            for part in parts:
                yield from _patterns(part)
        case ast.Call(func=ast.Attribute(value=called), args=more):
            for part in (called, *more):
                yield from _patterns(part)
        case ast.BinOp(left=left, right=right) | ast.Subscript(value=left, slice=right):
            yield from _patterns(left)
            yield from _patterns(right)
        case _:
            return
