"""Message drafts: for each open due action that names a template, the text somebody may send. Nothing is sent.

A template is Jinja in a sandbox over `case` (its own columns, else its opening's), `opening`, `event` (the trigger),
`people` (who holds which role), `client`, `action` (the due action, named) and `sender`. A value that is not there
stays visible in the draft and is listed. A template may say to whom with `{% set to = case.email %}`; otherwise the
person who sends it does: a guess could send one side's words to the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache, partial
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

import polars as pl
from jinja2 import Template as Jinja
from jinja2 import TemplateError, Undefined
from jinja2.exceptions import SecurityError
from markupsafe import Markup

from playbook.rendering.lab import StyledInNotebooks
from playbook.rules.nouns import Playbook, Playbooks, Template
from playbook.show import formats, labels
from playbook.show.sandbox import BoundedEnvironment
from playbook.show.view import Row, labelled_due
from playbook.words.catalogue import COMMA, msg, msg_in
from playbook.words.problem import Problem, RulebookError, did_you_mean
from playbook.words.text import Lang, Text

if TYPE_CHECKING:
    from playbook.show.view import AnyFrame


_SANDBOX = BoundedEnvironment(autoescape=False, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
_MISSING = msg("[missing: {name}]")
_TO, _NO_ONE = msg_in("drafts", "To"), msg("(for the sender to fill in)")
_GAPS = msg_in("drafts", "Missing")
_NO_DRAFTS = msg("No drafts.")
_ON_PAGE = 30
_MORE = msg("More drafts are in the file of mail drafts above.")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True)
class Draft(StyledInNotebooks):
    """What somebody may send for one due action; `missing` are the paths of what is not filled in, `gaps` its names."""

    playbook: str
    rule_id: str
    case_id: str
    owner: str
    channel: str
    to: str
    subject: str
    body: str
    missing: tuple[str, ...]
    filename: str
    gaps: tuple[str, ...] = ()
    lang: Lang = "ja"

    def _repr_html_(self) -> str:
        to = self.to or _NO_ONE.say(self.lang)
        gaps = f"{_GAPS.say(self.lang)}: {COMMA.say(self.lang).join(self.gaps)}" if self.gaps else ""
        return Markup(
            '<details class="draft"><summary>{} <small>{}</small></summary><p>{}: {}</p><pre>{}</pre></details>'
        ).format(self.subject, self._about(gaps), _TO.say(self.lang), to, self._marked_body())

    def _about(self, gaps: str) -> str:
        channel = labels.value("channel", self.channel, self.lang)
        return " · ".join(part for part in (self.owner, self.case_id, channel, gaps) if part)

    def _marked_body(self) -> Markup:
        body = Markup.escape(self.body)
        for name in self.gaps:
            gap = Markup.escape(_MISSING.say(self.lang).format(name=name))
            body = body.replace(gap, Markup("<mark>{}</mark>").format(gap))
        return body


@dataclass(frozen=True)
class Drafts(StyledInNotebooks):
    """Drafts one below the other, each to be opened; of many the first, so that a page stays light."""

    drafts: tuple[Draft, ...]
    lang: Lang = "ja"

    def __repr__(self) -> str:
        return f"Drafts({len(self.drafts)})"

    def _repr_html_(self) -> str:
        if not self.drafts:
            return str(Markup('<p class="pb-empty">{}</p>').format(_NO_DRAFTS.say(self.lang)))
        shown = [draft._repr_html_() for draft in self.drafts[:_ON_PAGE]]
        left = len(self.drafts) - len(shown)
        more = [Markup('<p class="pb-empty">{}</p>').format(_MORE.say(self.lang).format(n=left))] if left else []
        return "\n".join([*shown, *more])


@dataclass(frozen=True)
class Sources:
    """Where templates find their values: tables of the workspace, and who answers for each role of each case.

    `people` has one row per case and role: `case_id`, `role`, `owner`. `sender` adds to what is known of the sender
    (`name`, the owner of the action): a firm, a telephone number.
    """

    cases: pl.DataFrame
    events: pl.DataFrame | None = None
    openings: pl.DataFrame | None = None
    clients: pl.DataFrame | None = None
    people: pl.DataFrame | None = None
    sender: Mapping[str, str] | None = None


def drafts(frame: AnyFrame, playbooks: Iterable[Playbook], sources: Sources, lang: Lang = "ja") -> tuple[Draft, ...]:
    """One draft per open due action that names a template, in the order of the frame.

    Raises RulebookError with every template that cannot be used (its syntax, what the sandbox forbids).
    """
    books = Playbooks(playbooks)
    data = labelled_due(frame, books, lang, sources.clients)
    named = data.filter(pl.col("template").is_not_null(), pl.col("status").is_in(labels.OPEN_STATUSES))
    known = _KnownRows.of(sources, named)
    made: list[Draft] = []
    problems: dict[str, Problem] = {}
    for row in named.iter_rows(named=True):
        try:
            made.append(_draft(row, books.named(row["playbook"]), known, lang))
        except RulebookError as error:
            problems |= {str(problem): problem for problem in error.problems}
    if problems:
        raise RulebookError(problems.values())
    return tuple(made)


def draft_table(made: Iterable[Draft]) -> pl.DataFrame:
    """The drafts as a table: one row per draft; `missing` is a list of names."""
    columns = ("playbook", "rule_id", "case_id", "owner", "channel", "to", "subject", "missing", "filename")
    schema = dict.fromkeys(columns, pl.String()) | {"missing": pl.List(pl.String)}
    rows = [tuple(getattr(draft, column) for column in columns) for draft in made]
    return pl.DataFrame(rows, schema=schema, orient="row")


def write_eml(draft: Draft) -> bytes:
    """A draft as a file that a mail program opens for editing (`X-Unsent`), in UTF-8; no date, no random id."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = draft.subject
    if draft.to:
        message["To"] = draft.to
    message["X-Unsent"] = "1"
    message.set_content(draft.body, charset="utf-8")
    message["Content-Language"] = draft.lang
    return message.as_bytes()


def write_drafts(made: Iterable[Draft], folder: Path) -> list[Path]:
    """Write each draft into a folder; the paths written, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for draft in made:
        path = folder / draft.filename
        path.write_bytes(write_eml(draft))
        paths.append(path)
    return paths


# ---- one draft ----


def _draft(row: Row, book: Playbook, known: _KnownRows, lang: Lang) -> Draft:
    template = _template(book, row)
    gaps: dict[str, str] = {}
    environment = _environment(lang, gaps, row["near"], partial(_called, book, lang))
    values = known.values(row, book, lang)
    render = partial(_rendered, environment, values, book, template, lang)
    subject, _ = render("subject", template.subject or template.name)
    body, to = render("body", template.body)
    if not _ADDRESS.fullmatch(str(to or "")):
        to = ""
    return Draft(
        playbook=book.id,
        rule_id=row["rule_id"],
        case_id=row["case_id"],
        owner=row["owner"],
        channel=template.channel,
        to=str(to),
        subject=_one_line(subject),
        body=_CONTROL.sub("", body.replace("\r\n", "\n").replace("\r", "\n")),
        missing=tuple(gaps),
        gaps=tuple(gaps.values()),
        filename=formats.file_stem(f"{row['case_id']}-{row['rule_id']}-{formats.action_key(row)[:8]}") + ".eml",
        lang=lang,
    )


def _template(book: Playbook, row: Row) -> Template:
    for template in book.templates:
        if template.id == row["template"]:
            return template
    ids = [template.id for template in book.templates]
    found, hint = msg("found the template '{template_}'", template_=row["template"]), did_you_mean(row["template"], ids)
    raise RulebookError(Problem(f"{book.id}, [[rule]] {row['rule_id']}", found, ", ".join(ids), hint))


def _rendered(
    environment: BoundedEnvironment,
    values: Row,
    book: Playbook,
    template: Template,
    lang: Lang,
    key: str,
    text: Text,
) -> tuple[str, Any]:
    """What a template says, and to whom (its variable `to`, if it sets one)."""
    try:
        module = Jinja.from_code(environment, _compiled(text.say(lang)), {}).make_module(dict(values))
        to = getattr(module, "to", "")
        return str(module), str(to) if isinstance(to, Undefined) else to
    except _CANNOT_BE_USED as error:
        place = f"{book.id}, [[template]] {template.id}, {key}.{lang}"
        raise RulebookError(
            Problem(place, str(error), msg("Jinja over case, event, people, client, action"))
        ) from error


_CANNOT_BE_USED = (
    TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError, MemoryError,
)  # fmt: skip


def _one_line(text: str) -> str:
    """Text that is one line of a header: line breaks in it could add headers."""
    return " ".join(_CONTROL.sub(" ", text).split())


# ---- the sandbox ----


@lru_cache(maxsize=512)
def _compiled(text: str) -> CodeType:
    """A text of a template, read once for all drafts; what finishes its values comes with each (`_environment`)."""
    return _SANDBOX.overlay(finalize=_as_it_is).compile(text)


def _as_it_is(value: object) -> object:
    return value


class _Record:
    """A row a template reads: its columns by name, empty ones as if they were not there."""

    __slots__ = ("_path", "_said", "_values")

    def __init__(self, path: str, values: Row, said: str | None = None) -> None:
        self._path, self._values, self._said = path, values, said

    def __getitem__(self, name: str) -> Any:
        value = self._values.get(name)
        if value is None or value == "":
            raise KeyError(name)
        return value

    def __str__(self) -> str:
        return self._said or ""


def _called(book: Playbook, lang: Lang, path: str) -> str:
    """What a value is called, by its path: as the playbook's checklists and roles name it, else the path itself."""
    name = labels.name_in(book, "detail", path.rpartition(".")[2])
    return path if name is None else name.say(lang)


def _environment(lang: Lang, gaps: dict[str, str], near: date, called: Callable[[str], str]) -> BoundedEnvironment:
    """A sandbox for one draft; `gaps` collects what is missing, in order: its path and what it is called."""

    class Missing(Undefined):
        """A value that is not there: visible in the text, false in a condition, noted when written."""

        __slots__ = ()

        @property
        def _name(self) -> str:
            owner = getattr(self._undefined_obj, "_path", "")
            return f"{owner}.{self._undefined_name}" if owner else str(self._undefined_name)

        def __str__(self) -> str:
            self._refuse()
            gaps[self._name] = called(self._name)
            return _MISSING.say(lang).format(name=gaps[self._name])

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):  # Python asks for these, no template does
                raise AttributeError(name)
            return self[name]

        def __getitem__(self, name: object) -> Any:
            self._refuse()
            return Missing(name=f"{self._name}.{name}")

        def _refuse(self) -> None:
            if issubclass(self._undefined_exception, SecurityError):
                self._fail_with_undefined_error()

    def said(value: object) -> object:
        if isinstance(value, _Record) and not value._said:
            return str(Missing(name=value._path))
        return _said(value, lang, near)

    return _SANDBOX.overlay(undefined=Missing, finalize=said)


def _said(value: object, lang: Lang, near: date) -> object:
    """A value in the forms of the language."""
    if isinstance(value, datetime):
        return formats.moment(value, lang, near)
    return formats.day(value, lang, near) if isinstance(value, date) else value


# ---- where values are found ----


@dataclass(frozen=True)
class _KnownRows:
    """The rows that the drafts of a list need, by their keys."""

    cases: Mapping[str, Row]
    openings: Mapping[str, Row]
    clients: Mapping[str, Row]
    events: Mapping[tuple[str, str, datetime], Row]
    people: Mapping[str, Row]
    sender: Row

    @classmethod
    def of(cls, sources: Sources, due: pl.DataFrame) -> _KnownRows:
        cases = due["case_id"].unique()
        people: dict[str, dict[str, str]] = {}
        for row in _rows(sources.people, cases):
            people.setdefault(row["case_id"], {})[row["role"]] = row["owner"]
        return cls(
            cases={row["case_id"]: row for row in _rows(sources.cases, cases)},
            openings={row["opening_id"]: row for row in _rows(sources.openings)},
            clients={row["client_id"]: row for row in _rows(sources.clients)},
            events={(row["case_id"], row["activity"], row["timestamp"]): row for row in _rows(sources.events, cases)},
            people=people,
            sender=sources.sender or {},
        )

    def values(self, row: Row, book: Playbook, lang: Lang) -> dict[str, _Record]:
        """What one draft may read."""
        case, opening = self.cases.get(row["case_id"], {}), self.openings.get(row["opening_id"], {})
        event = self.events.get((row["case_id"], row["trigger"], row["trigger_at"]), {})
        left = formats.left(row["days_left"], lang, passed=row["status"] == "overdue")
        unassigned = row["owner"] == labels.absent("owner", lang)
        sender = {"name": None if unassigned else row["owner"]} | dict(self.sender)
        return {
            "case": _Record("case", _over(case, opening), row["case"]),
            "opening": _Record("opening", opening, opening.get("title")),
            "event": _Record("event", _over(event, {"name": book.label(row["trigger"]).say(lang)})),
            "people": _Record("people", self.people.get(row["case_id"], {})),
            "client": _Record("client", self.clients.get(row["client_id"], {}), row["client"]),
            "action": _Record("action", {**row, "left": left}, row["rule"]),
            "sender": _Record("sender", sender, sender["name"]),
        }


def _rows(frame: pl.DataFrame | None, cases: pl.Series | None = None) -> Iterator[dict[str, Any]]:
    if frame is None:
        return iter(())
    kept = frame if cases is None else frame.filter(pl.col("case_id").is_in(cases.implode()))
    return kept.iter_rows(named=True)


def _over(first: Row, second: Row) -> dict[str, Any]:
    """The values of the first row, and of the second where the first has none."""
    filled = {name: value for name, value in first.items() if value is not None and value != ""}
    return {**second, **filled}
