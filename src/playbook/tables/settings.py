"""What a `workspace.toml` may say, read once into frozen settings; every mistake is reported at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import Any, TypeGuard
from zoneinfo import ZoneInfo

from playbook.rules.offset import Offset, OffsetError, Unit
from playbook.rules.reading import toml_of
from playbook.tables.declared import TABLES
from playbook.words.catalogue import msg
from playbook.words.problem import Problem, RulebookError, Said, WorkspaceError, did_you_mean
from playbook.words.text import LANGS, Lang

FILE_NAME = "workspace.toml"


@dataclass(frozen=True, slots=True)
class Agency:
    """Who files the yearly figures of an agency, and how it reads what the texts we could read leave open.

    `office`: of the cases that name none; `offices`: all that owe figures. The readings are ours until they are said
    in `workspace.toml` (`said` names those that were): `six_months_end`: the last day of six months from 1 April is
    30 September (`day_before`: the day of joining counts) or 1 October (`same_day`); `person_days`: of a short term,
    the days in the fiscal year of joining (`in_year`), or all of it (`whole`).
    """

    name: str = ""
    licence: str = ""
    office: str = ""
    offices: tuple[str, ...] = ()
    six_months_end: str = "day_before"
    person_days: str = "in_year"
    said: tuple[str, ...] = ()


READINGS: Mapping[str, tuple[str, ...]] = {
    "six_months_end": ("day_before", "same_day"),
    "person_days": ("in_year", "whole"),
}
"""What an agency may say of how it counts, the first of each being ours."""


@dataclass(frozen=True, slots=True)
class Grants:
    """The numbers by which a grant for a hire is checked, as they were public in November 2026.

    They are what we read until they are said in `workspace.toml` (`said` names those that were): yen, months, people.
    REVICareer: `lowest_pay`, `transfer_months`, `side_job_months`, `most_persons`, `transfer_cap`, `side_job_cap`; a
    prefecture such as Yamaguchi: `stay_months`, `prefecture_cap`.
    """

    lowest_pay: int = 5_000_000
    transfer_months: int = 12
    side_job_months: int = 3
    most_persons: int = 10
    transfer_cap: int = 4_500_000
    side_job_cap: int = 2_000_000
    stay_months: int = 12
    prefecture_cap: int = 1_000_000
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LetterHead:
    """How the house writes to its clients.

    `template`: a Word file of the workspace, with its letterhead. `text`, `text_en`: plain texts with the house's own
    wording of Japanese and of English letters.
    `logo`: a picture (PNG, JPEG). `era`: `reiwa` or `western`. `addressees`: by client_id, to whom its letters go.
    """

    house: str = ""
    department: str = ""
    post: str = ""
    name: str = ""
    address: str = ""
    phone: str = ""
    mail: str = ""
    era: str = "reiwa"
    template: str = ""
    text: str = ""
    text_en: str = ""
    logo: str = ""
    addressees: Mapping[str, str] = field(default_factory=dict)

    def texts(self) -> Mapping[Lang, Path]:
        """The files with the house's own wording, by the language of the letters that they are for."""
        named: dict[Lang, str] = {"ja": self.text, "en": self.text_en}
        return {lang: Path(said) for lang, said in named.items() if said}


_TWO_YEARS, _THREE_YEARS = Offset(24, Unit.MONTH), Offset(36, Unit.MONTH)


@dataclass(frozen=True, slots=True)
class Keep:
    """How long what is held of a person is kept, counted from the day its case was completed.

    `agency_books`: the books of a recruitment agency (two years after completion); `dispatch`: contracts and ledgers of
    dispatch (three years from the end); `provision`: the record of what was given to others (three years; 個情法規則
    21条, which we could not read: ours until confirmed).
    """

    agency_books: Offset = _TWO_YEARS
    dispatch: Offset = _THREE_YEARS
    provision: Offset = _THREE_YEARS


@dataclass(frozen=True, slots=True)
class Beginning:
    """Since which day the firm keeps the procedure: all of them, or each its own (by playbook)."""

    of_all: date | None = None
    of_each: Mapping[str, date] = field(default_factory=dict)

    def of(self, playbook: str) -> date | None:
        """The day for one playbook; None where it has always been kept."""
        return self.of_each.get(playbook, self.of_all)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a workspace is read and asked.

    `horizon`: how many days ahead an action is due soon. `max_quarantine`: how many refused rows are borne
    before a command fails (None: any number). `freshness`: per table, how old its newest row may be.
    `database`: where the tables are that are not in the folder: a URL without a password, or a file of the folder.
    `counts_from`: since when the firm keeps the procedure. `imports`: the `[import]` section as written, for the
    importer. `agency`, `keep`, `letter`, `grants`: the sections of these names.
    """

    name: str = ""
    timezone: str = "Asia/Tokyo"
    language: Lang = "ja"
    horizon: int = 7
    max_quarantine: int | None = None
    freshness: Mapping[str, Offset] = field(default_factory=dict)
    database: str = ""
    imports: Mapping[str, Any] = field(default_factory=dict)
    agency: Agency = Agency()
    keep: Keep = Keep()
    letter: LetterHead = LetterHead()
    grants: Grants = Grants()
    counts_from: Beginning = Beginning()


def read_settings(path: Path) -> Settings:
    """The settings in a `workspace.toml`; the defaults where there is no such file.

    Raises WorkspaceError with every unknown key and unusable value.
    """
    try:
        path.stat()
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError):
        pass  # whatever it is, who reads it says so
    try:
        written = toml_of(path)
    except RulebookError as error:
        raise WorkspaceError(error.problems) from None
    read = settings_from(written, str(path))
    head = read.letter
    named = {name: said for name in _FILES_OF_LETTERS if (said := getattr(head, name))}
    beside: dict[str, Any] = {name: str(path.parent / said) for name, said in named.items()}
    return replace(read, letter=replace(head, **beside)) if beside else read


_FILES_OF_LETTERS = ("template", "text", "text_en", "logo")
"""What `[letter]` names as a file beside the settings."""


def settings_from(written: Mapping[str, Any], place: str = FILE_NAME) -> Settings:
    """The settings that are written; WorkspaceError with every mistake.

    >>> settings_from({"horizon": 14}).horizon
    14
    >>> settings_from({"horizont": 14, "language": "fr"})
    Traceback (most recent call last):
    playbook.words.problem.WorkspaceError: workspace.toml, key 'horizont': unknown key; allowed: name, timezone, \
language, horizon, max_quarantine, freshness, database, counts_from, import, agency, keep, letter, grants
      Hint: did you mean 'horizon'?
    workspace.toml, key 'language': found 'fr'; allowed: ja, en
    """
    problems: list[Problem] = []
    known: dict[str, Any] = {}
    for key, value in written.items():
        if key not in _READERS:
            allowed = ", ".join(_READERS)
            problems.append(
                Problem(f"{place}, key '{key}'", msg("unknown key"), allowed, did_you_mean(key, list(_READERS)))
            )
            continue
        found = _READERS[key](f"{place}, key '{key}'", value)
        if isinstance(found, _RefusedSetting):
            problems.extend(found.problems)
        else:
            known["imports" if key == "import" else key] = found
    if problems:
        raise WorkspaceError(problems)
    return Settings(**known)


_MOST = 10**12
_LONGEST_MONTHS = 120
_LONGEST = 36_500
"""Days: a century, within which every count ends in a year that dates have."""


@dataclass(frozen=True, slots=True)
class _RefusedSetting:
    problems: tuple[Problem, ...]


def _refuse(place: Said, value: object, allowed: Said, hint: Said = "") -> _RefusedSetting:
    return _RefusedSetting((Problem(place, msg("found {value!r}", value=value), allowed, hint),))


def _text(place: str, value: object) -> object:
    return value if _is_text(value) else _refuse(place, value, msg("a text in quotes"))


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and "\0" not in value


def _timezone(place: str, value: object) -> object:
    if not isinstance(value, str):
        return _refuse(place, value, msg("an IANA time zone such as 'Asia/Tokyo'"))
    try:
        ZoneInfo(value)
    except (LookupError, ValueError, OSError):
        return _refuse(
            place,
            value,
            msg("an IANA time zone such as 'Asia/Tokyo'"),
            did_you_mean(value, _zones()),
        )
    return value


def _zones() -> list[str]:
    return resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()


def _language(place: str, value: object) -> object:
    return value if value in LANGS else _refuse(place, value, ", ".join(LANGS))


def _count(place: str, value: object) -> object:
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST
    return value if whole else _refuse(place, value, msg("a whole number, 0 or more"))


def _days(place: str, value: object) -> object:
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LONGEST
    return value if whole else _refuse(place, value, msg("a whole number, 0 to {most}", most=_LONGEST))


def _freshness(place: str, value: object) -> object:
    if not isinstance(value, dict):
        return _refuse(place, value, msg("a table such as events = '3 days'"))
    read: dict[str, Offset] = {}
    problems: list[Problem] = []
    for table, age in value.items():
        at = f"{place}, key '{table}'"
        if table not in TABLES:
            problems.append(Problem(at, msg("unknown table"), ", ".join(TABLES), did_you_mean(table, list(TABLES))))
            continue
        try:
            read[table] = _near(Offset.parse(str(age)))
        except OffsetError as error:
            problems.append(Problem(at, msg("found {age!r}", age=age), error.allowed))
    return _RefusedSetting(tuple(problems)) if problems else read


def _beginning(place: str, value: object) -> object:
    allowed = msg("a day such as 2026-04-01, or a table of playbooks, each with its day")
    if isinstance(value, dict):
        unread = {book: day for book, day in value.items() if not _is_day(day)}
        wrong = [
            Problem(f"{place}, key '{book}'", msg("found {day!r}", day=day), allowed) for book, day in unread.items()
        ]
        return _RefusedSetting(tuple(wrong)) if wrong else Beginning(of_each=dict(value))
    return Beginning(of_all=value) if _is_day(value) else _refuse(place, value, allowed)


def _is_day(value: object) -> TypeGuard[date]:
    return isinstance(value, date) and not isinstance(value, datetime)


def _near(offset: Offset) -> Offset:
    if offset.negative or offset.most_whole_days > _LONGEST:
        raise OffsetError(msg("1 to {most} days", most=f"{_LONGEST:,}"))
    return offset


def _imports(place: str, value: object) -> object:
    return value if isinstance(value, dict) else _refuse(place, value, msg("a table"))


def _agency(place: str, value: object) -> object:
    if not isinstance(value, dict):
        return _refuse(place, value, msg("a table such as office = '本社'"))
    known: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, said in value.items():
        at = f"{place}, key '{key}'"
        match key:
            case "name" | "licence" | "office" if _is_text(said):
                known[key] = said
            case "offices" if isinstance(said, list) and all(map(_is_text, said)):
                known[key] = tuple(said)
            case "six_months_end" | "person_days" if said in READINGS[key]:
                known[key] = said
            case "name" | "licence" | "office":
                problems.append(Problem(at, msg("found {said!r}", said=said), msg("a text in quotes")))
            case "offices":
                problems.append(Problem(at, msg("found {said!r}", said=said), msg("a list of texts")))
            case "six_months_end" | "person_days":
                problems.append(Problem(at, msg("found {said!r}", said=said), ", ".join(READINGS[key])))
            case _:
                allowed = ("name", "licence", "office", "offices", *READINGS)
                problems.append(Problem(at, msg("unknown key"), ", ".join(allowed), did_you_mean(key, allowed)))
    return (
        _RefusedSetting(tuple(problems)) if problems else Agency(**known, said=tuple(k for k in known if k in READINGS))
    )


def _keep(place: str, value: object) -> object:
    if not isinstance(value, dict):
        return _refuse(place, value, msg("a table such as agency_books = '24 months'"))
    allowed = ("agency_books", "dispatch", "provision")
    known: dict[str, Offset] = {}
    problems: list[Problem] = []
    for key, said in value.items():
        at = f"{place}, key '{key}'"
        if key not in allowed:
            problems.append(Problem(at, msg("unknown key"), ", ".join(allowed), did_you_mean(key, allowed)))
            continue
        try:
            known[key] = _near(Offset.parse(str(said)))
        except OffsetError as error:
            problems.append(Problem(at, msg("found {said!r}", said=said), error.allowed))
    return _RefusedSetting(tuple(problems)) if problems else Keep(**known)


def _letter(place: str, value: object) -> object:
    if not isinstance(value, dict):
        return _refuse(place, value, msg("a table such as house = '○○銀行'"))
    allowed = tuple(field.name for field in fields(LetterHead))
    problems = [
        Problem(f"{place}, key '{key}'", msg("unknown key"), ", ".join(allowed), did_you_mean(key, allowed))
        for key in value
        if key not in allowed
    ]
    problems += [
        Problem(f"{place}, key '{key}'", msg("found {said!r}", said=said), msg("a text in quotes"))
        for key, said in value.items()
        if key in allowed and key != "addressees" and not _is_text(said)
    ]
    named = value.get("addressees", {})
    if not isinstance(named, dict) or not all(map(_is_text, named.values())):
        allowed_here = msg("a table such as K-01 = '代表取締役　青葉 一郎'")
        problems.append(Problem(f"{place}, key 'addressees'", msg("found {said!r}", said=named), allowed_here))
    if value.get("era", "reiwa") not in ("reiwa", "western"):
        problems.append(Problem(f"{place}, key 'era'", msg("found {era!r}", era=value["era"]), "reiwa, western"))
    return _RefusedSetting(tuple(problems)) if problems else LetterHead(**value)


def _grants(place: str, value: object) -> object:
    if not isinstance(value, dict):
        return _refuse(place, value, msg("a table such as lowest_pay = 5000000"))
    allowed = tuple(field.name for field in fields(Grants) if field.name != "said")
    problems: list[Problem] = []
    for key, said in value.items():
        at, most = f"{place}, key '{key}'", _LONGEST_MONTHS if key.endswith("_months") else _MOST
        if key not in allowed:
            problems.append(Problem(at, msg("unknown key"), ", ".join(allowed), did_you_mean(key, allowed)))
        elif isinstance(said, bool) or not isinstance(said, int) or not 0 < said <= most:
            problems.append(
                Problem(at, msg("found {said!r}", said=said), msg("a whole number, 1 to {most}", most=most))
            )
    return _RefusedSetting(tuple(problems)) if problems else Grants(**value, said=tuple(value))


_READERS: dict[str, Callable[[str, object], object]] = {
    "name": _text,
    "timezone": _timezone,
    "language": _language,
    "horizon": _days,
    "max_quarantine": _count,
    "freshness": _freshness,
    "database": _text,
    "counts_from": _beginning,
    "import": _imports,
    "agency": _agency,
    "keep": _keep,
    "letter": _letter,
    "grants": _grants,
}
