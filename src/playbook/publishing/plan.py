"""What a run is asked for, and the pages that make it up, decided before anything starts."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from playbook.publishing.manifest import (
    Entry,
    InputFile,
    RunRecord,
    code_digest,
    file_digest,
    page_key,
    sha256,
    versions,
)
from playbook.rendering.notebook import LAST, find_notebook, order_of, parameters_source, read_notebook, report_names
from playbook.rendering.parameters import NotebookParameters, Parameter, Value, read_parameters
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, did_you_mean
from playbook.words.text import Lang, Text

Each = Literal["client", "placement", "owner"]
Targets = Callable[[str, Each], Mapping[str, str]]
Known = Callable[[str], Collection[str]]

PARAMETER_OF: dict[Each, str] = {"client": "client", "placement": "case", "owner": "owner"}

_LINKED = "linked"
"""The parameter of a report that links to the pages of people: `name=page` of each."""

_SINCE = "since"
"""The parameter of a report that is compared with an earlier day; empty: with a week before."""

# What runs themselves write, and what Windows keeps for its devices, with any ending.
_RESERVED = (
    "assets",
    "runs",
    "history",
    "index",
    "manifest",
    "status",
    "con",
    "prn",
    "aux",
    "nul",
    "conin$",
    "conout$",
)
_NUMBERED = re.compile(r"(com|lpt)[0-9¹²³]")
_EACH: dict[Each, Text] = {"client": msg("client"), "placement": msg("placement"), "owner": msg("owner")}


@dataclass(frozen=True, slots=True)
class Plan:
    """One page to make, before anything has started; ``asked`` says the parameters it was asked for with."""

    report: str
    notebook: Path
    target: str
    target_label: str
    parameters: dict[str, Value]
    page: str
    key: str
    asked: str = ""
    order: int = LAST

    def entry(self, request: Request, **more: Any) -> Entry:
        """The plan as an entry of the manifest."""
        told = {name: value for name, value in self.parameters.items() if name != "workspace"}
        return Entry(
            report=self.report,
            target=self.target,
            target_label=self.target_label,
            asked=self.asked,
            page=self.page,
            key=self.key,
            as_of=request.as_of,
            lang=request.lang,
            parameters=told,
            order=self.order,
            **more,
        )


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is asked for; see ``run_reports``."""

    reports: tuple[str, ...]
    workspace: str
    as_of: str
    lang: Lang
    each: Each | None
    only: tuple[str, ...]
    parameters: dict[str, object]
    single_file: bool
    notebooks: Path

    @property
    def place(self) -> str:
        """The workspace as a notebook finds it from anywhere: a path made absolute, else as given."""
        return str(Path(self.workspace).absolute()) if Path(self.workspace).exists() else self.workspace


def plans_of(
    request: Request,
    inputs: Sequence[InputFile] | None,
    targets: Targets | None = None,
    known: Known | None = None,
    before: RunRecord | None = None,
) -> list[Plan]:
    """The pages a run is asked for, one per report and target, every argument checked.

    `before` is the run whose pages stand: a list that skipped a week is compared with the one that stands.

    Raises:
        ArgumentError: an unknown report, parameter or target; all at once.
    """
    reports = request.reports or report_names(request.notebooks)
    if not reports:
        raise ArgumentError(
            Problem(msg("reports"), msg("there is no notebook in {notebooks}", notebooks=request.notebooks))
        )
    notebooks = {Path(name).stem: find_notebook(name, request.notebooks, request.lang) for name in reports}
    schemas = {name: schema_of(path) for name, path in notebooks.items()}
    _refuse_unknown(request, schemas)
    if known is not None:
        _refuse_unnamed(request, schemas, known)
    wanted = _targets(request, targets)
    names = _names(request, targets)
    shared = {
        "inputs": [(file.name, file.sha256) for file in inputs or ()],
        "code": code_digest(),
        "versions": versions(),
        "lang": request.lang,
        "single_file": request.single_file,
    }
    orders = {name: order_of(read_notebook(path)) for name, path in notebooks.items()}
    return [
        replace(
            _planned(request, name, path, schemas[name], target, label, shared, names, wanted, before),
            order=orders[name],
        )
        for name, path in notebooks.items()
        for target, label in _targets_for(request, name, schemas[name], wanted)
    ]


def schema_of(path: Path) -> NotebookParameters:
    """The parameters a notebook declares.

    Raises:
        ArgumentError: it declares none.
    """
    source = parameters_source(read_notebook(path))
    if source is None:
        raise ArgumentError(Problem(path.name, msg("has no cell tagged 'parameters'")))
    return read_parameters(source)


def _refuse_unknown(request: Request, schemas: Mapping[str, NotebookParameters]) -> None:
    known = sorted({name for schema in schemas.values() for name in schema.names})
    problems = [
        Problem(f"parameter '{name}'", msg("unknown"), ", ".join(known), did_you_mean(name, known))
        for name in request.parameters
        if name not in known
    ]
    if problems:
        raise ArgumentError(problems)


def _refuse_unnamed(request: Request, schemas: Mapping[str, NotebookParameters], known: Known) -> None:
    """A client, case or owner that nobody knows is a slip, and no page without rows."""
    problems = []
    for parameter in PARAMETER_OF.values():
        kinds = {one.kind for schema in schemas.values() for one in schema.parameters if one.name == parameter}
        value = str(request.parameters.get(parameter) or "")
        if value and kinds == {"text"} and value not in (names := known(parameter)):
            shown = sorted(names)
            allowed = ", ".join(shown[:5]) + ", ..." * (len(shown) > 5)
            problems.append(
                Problem(
                    f"parameter '{parameter}'",
                    msg("there is no '{value}'", value=value),
                    allowed,
                    did_you_mean(value, shown),
                )
            )
    if problems:
        raise ArgumentError(problems)


def _targets(request: Request, targets: Targets | None) -> Mapping[str, str]:
    if request.each is None:
        if request.only:
            raise ArgumentError(
                Problem("--only", msg("given without --each"), msg("--each client, placement or owner"))
            )
        return {}
    known = dict(targets(request.workspace, request.each)) if targets is not None else {}
    unknown = [target for target in request.only if target not in known]
    if unknown:
        near = (did_you_mean(target, list(known)) for target in unknown)
        raise ArgumentError(
            Problem(f"--only {target}", msg("no such {each}", each=_EACH[request.each]), hint=hint)
            for target, hint in zip(unknown, near, strict=True)
        )
    return {target: label for target, label in known.items() if not request.only or target in request.only}


def _names(request: Request, targets: Targets | None) -> Mapping[str, str]:
    """How people call the client, placement or owner that a parameter names: parameter to name, where it is known."""
    found = {}
    for each, parameter in PARAMETER_OF.items():
        value = request.parameters.get(parameter)
        name = targets(request.workspace, each).get(str(value), "") if value and targets is not None else ""
        if name and name != value:
            found[parameter] = name
    return found


def _targets_for(
    request: Request, name: str, schema: NotebookParameters, wanted: Mapping[str, str]
) -> Sequence[tuple[str, str]]:
    """The targets of one report; a report that cannot be narrowed is made once, unless it was asked for by name."""
    if request.each is None:
        return [("", "")]
    if PARAMETER_OF[request.each] in schema.names:
        # Whoever leads these people gets a page too, with a link to each of theirs.
        return [*([("", "")] if _LINKED in schema.names and request.each == "owner" else []), *wanted.items()]
    if request.reports:
        place = f"report '{name}'"
        raise ArgumentError(
            Problem(place, msg("cannot be made for each {each}", each=_EACH[request.each]), ", ".join(schema.names))
        )
    return [("", "")]


def _planned(
    request: Request,
    name: str,
    path: Path,
    schema: NotebookParameters,
    target: str,
    label: str,
    shared: Mapping[str, Any],
    names: Mapping[str, str],
    wanted: Mapping[str, str],
    before: RunRecord | None,
) -> Plan:
    narrowed = PARAMETER_OF[request.each] if target and request.each is not None else ""
    given: dict[str, object] = {"workspace": request.place, "as_of": request.as_of, "lang": request.lang}
    given |= request.parameters
    if narrowed:
        given[narrowed] = target
    elif request.each == "owner" and _LINKED in schema.names:
        given[_LINKED] = [f"{owner}={folder_name(owner)}/{name}.html" for owner in wanted]
    checked = schema.check({key: value for key, value in given.items() if key in schema.names})
    asked = {key: value for key, value in checked.items() if key in request.parameters and key != narrowed}
    folder = f"{folder_name(target)}/" if target else ""
    page = f"{folder}{page_name(name, schema, asked)}.html"
    open_ended = any(one.name == _SINCE and not one.default for one in schema.parameters) and _SINCE not in checked
    if open_ended and (since := _last_list(page, request.as_of, before)):
        checked[_SINCE] = since
    told = {key: value for key, value in checked.items() if key != "workspace"}
    key = page_key({**shared, "notebook": file_digest(path), "parameters": told, "label": label, "page": page})
    said = ", ".join(f"{key}={value} {names.get(key, '')}".rstrip() for key, value in asked.items())
    return Plan(name, path, target, label, checked, page, key, said)


def _last_list(page: str, as_of: str, before: RunRecord | None) -> str:
    """The day of a page as it stands, where more than a week has passed: what went meanwhile is cancelled, too.

    Empty within a week: it is compared with a week before. Made again for its own day, it is compared as it was.
    """
    standing = next((one for one in (before.entries if before else ()) if one.page == page and one.sha256), None)
    if standing is None:
        return ""
    passed = date.fromisoformat(as_of[:10]) - date.fromisoformat(standing.as_of[:10])
    if not passed:
        return str(standing.parameters.get(_SINCE) or "")
    return standing.as_of if passed > timedelta(days=7) else ""


def page_name(report: str, schema: NotebookParameters, asked: Mapping[str, Value]) -> str:
    """A page's name without its ending: the report, and every parameter that was asked for with its value.

    What is asked for decides the name and nothing else does: the same parameters have the same name in every run, and
    others never have it. A value out of a fixed list stands for itself.

    >>> schema = read_parameters('case: str = ""\\nedition: str = "bank"  # bank | company | hire')
    >>> page_name("review", schema, {"edition": "company", "case": "P-030"})
    'review-case-P-030-company'
    >>> page_name("review", schema, {"case": "P-030-company"})
    'review-case-P-030-company-0af79984'
    """
    words = {word for one in schema.parameters for word in (one.name, *one.choices)}
    parts = [_part(one, asked[one.name], words) for one in schema.parameters if one.name in asked]
    return "-".join([report, *parts])


def _part(parameter: Parameter, value: Value, words: Collection[str]) -> str:
    if parameter.choices and value in parameter.choices:
        return str(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # A value that could be read as another parameter is told apart from it.
    ambiguous = any(f"-{word}-" in f"-{text}-" for word in words)
    return f"{parameter.name}-{_marked(text) if ambiguous else folder_name(text)}"


def folder_name(target: str) -> str:
    """A folder name for an id: itself where every system takes it, else a safe form that no other id has.

    Windows and macOS take ``K1`` and ``k1`` for the same name, so only one way of writing it stands for itself: that
    in capitals.

    >>> folder_name("C-001"), folder_name("../x"), folder_name("北辰精工"), folder_name("k1")
    ('C-001', 'x-d6b96a97', '北辰精工', 'k1-6ab9f1eb')
    """
    safe = _safe(target)
    return safe if safe == target and safe and target == target.upper() and not _is_reserved(safe) else _marked(target)


def _is_reserved(name: str) -> bool:
    stem, _, ending = name.lower().partition(".")
    ours = ending.endswith(("html", "json", "pdf", "files"))
    return stem in _RESERVED or ours or bool(_NUMBERED.fullmatch(stem))


def _safe(text: str) -> str:
    return re.sub(r"[^\w.-]+", "-", unicodedata.normalize("NFC", text)).strip(".- ")[:60]


def _marked(text: str) -> str:
    safe = _safe(text) or "x"
    plain = safe.replace(".", "-") if _is_reserved(safe) else safe
    return f"{plain}-{sha256(text.encode('utf-8'))[:8]}"
