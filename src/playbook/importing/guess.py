"""A mapping proposed from headers and values, with the reason for each line, for a person to check; nothing is
imported.

Headers are compared with the words that Japanese and English exports use, and with the names of the activities of the
built-in playbooks; values decide what is a date, an id, or a list of states. What is not certain is written as a
comment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files as files_of
from pathlib import Path
from typing import Any

import polars as pl
import tomli

from playbook.importing.dates import DateColumn, read_dates, said_forms
from playbook.importing.formats import own_mapping, read_raw
from playbook.importing.log_columns import LogColumns, known_activity, log_columns, named_activities
from playbook.importing.raw import Raw
from playbook.importing.run import import_files
from playbook.importing.text import fold_key, without_blanks
from playbook.rules.nouns import Playbook
from playbook.rules.reading import builtin_playbooks
from playbook.words.problem import Problem, WorkspaceError
from playbook.words.text import Lang, Text

REASONS = {
    "file": pl.String, "column": pl.String, "becomes": pl.String, "sure": pl.Boolean, "ja": pl.String, "en": pl.String,
}  # fmt: skip
_ROWS_LOOKED_AT = 5000
_STATES = 30
_ACTIVITIES = 300
_USUAL = "interview-aftercare"


@dataclass(frozen=True)
class Guess:
    """`mapping_toml`: a mapping to save, check and use. `reasons`: one row per column: `file, column, becomes, sure,
    ja, en`.
    """

    mapping_toml: str
    reasons: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Column:
    """What one column of a file looks like."""

    name: str
    filled: int
    distinct: int
    dates: float
    line: bool
    values: tuple[str, ...]
    forms: Text


@dataclass(frozen=True, slots=True)
class _Idea:
    """What a column should become, and why."""

    column: str
    becomes: str
    why: Text
    sure: bool = True


def _words() -> dict[str, Any]:
    return tomli.loads((files_of(__package__) / "words.toml").read_text(encoding="utf-8"))


_SAID = _words()
_WORDS: dict[str, tuple[str, ...]] = {becomes: tuple(map(fold_key, said)) for becomes, said in _SAID["headers"].items()}
_STEPS = tuple((tuple(map(fold_key, step["parts"])), str(step["activity"])) for step in _SAID["steps"]["in_order"])
_ENDS = tuple((fold_key(end["part"]), str(end["activity"])) for end in _SAID["states"]["ends"])
_OPEN = frozenset(map(fold_key, _SAID["states"]["still_open"]))


def guess_mapping(files: Sequence[Path], lang: Lang = "ja") -> Guess:
    """A mapping for some files, to be checked by a person.

    The TOML is valid as it is; lines that are only likely are comments. Raises WorkspaceError where no file can be
    read.
    """
    problems: list[Problem] = []
    raws: list[Raw] = []
    for path in files:
        try:
            raws.extend(read_raw(Path(path)))
        except WorkspaceError as error:
            problems.extend(error.problems)
    if raws and all(raw.frame.is_empty() for raw in raws):
        problems.extend(_no_row(raw) for raw in raws)
    if problems or not raws:
        raise WorkspaceError(problems or [Problem("files", "there are none", "at least one file that was exported")])
    book = _playbook(raws)
    # Of a known format, one file may give several tables; it needs one source.
    asked = list({(raw.file, raw.kind.split(".")[0]): raw for raw in reversed(raws)}.values())[::-1]
    parts = [_source(raw, book, lang) for raw in asked]
    reasons = [(raw.file.name, idea) for raw, (_, ideas) in zip(asked, parts, strict=True) for idea in ideas]
    head = [
        _comment(_HEAD, lang),
        "",
        f'playbook = "{book.id}"  # ' + _why_book(book, raws).say(lang),
        *(f"# {line}" for line in _values_to_map(raws, lang)),
    ]
    text = "\n".join([*head, *(line for lines, _ in parts for line in lines)]) + "\n"
    rows = [(name, i.column, i.becomes, i.sure, i.why.ja, i.why.en) for name, i in reasons]
    return Guess(text, pl.DataFrame(rows, schema=REASONS, orient="row"))


def _no_row(raw: Raw) -> Problem:
    refused = len(raw.refused)
    found = f"{refused} rows, of which none can be used" if refused else "a header without rows"
    return Problem(raw.place, found, "at least one row to guess from")


_HEAD = Text(
    "# 見出しと値から作った案です。確かめて直してから playbook import --map で使ってください。",
    "# Proposed from headers and values. Check and correct it, then use it with playbook import --map.",
)


def _comment(text: Text, lang: Lang) -> str:
    return text.say(lang)


# The playbook


def _playbook(raws: Sequence[Raw]) -> Playbook:
    """The built-in playbook of which most activities are named; where none stands out, that of the format."""
    books = {book.id: book for book in builtin_playbooks()}
    scores = {name: _named_in(book, raws) for name, book in books.items()}
    usual = next((own.playbook for raw in raws if (own := own_mapping(raw.kind)) and own.playbook in books), _USUAL)
    best = max(scores, key=lambda name: (scores[name], name == usual))
    return books[best]


def _named_in(book: Playbook, raws: Sequence[Raw]) -> int:
    headers = {_bare(name) for raw in raws for name in raw.columns}
    logged = {value for raw in raws if (log := _log_of(raw)) for value in _values(raw, log.activity)}
    return named_activities(logged, book) + sum(
        bool({fold_key(one.name.ja), fold_key(one.name.en), one.id} & headers) for one in book.activities
    )


def _bare(header: str) -> str:
    """A header without the word for a day at its end."""
    return re.sub(r"(?:実施日時|実施日|日時|日付|日|date|_on|_at)$", "", fold_key(header))


def _why_book(book: Playbook, raws: Sequence[Raw]) -> Text:
    n = _named_in(book, raws)
    if n:
        return Text(f"見出しか値に活動の名前が{n}件あります", f"{n} of its activities are named in headers or values")
    return Text(
        "ほかに手がかりがないため。違えば書き換えてください", "for want of a better sign; change it if it is another"
    )


def _values_to_map(raws: Sequence[Raw], lang: Lang) -> list[str]:
    """What a format's own mapping leaves to be mapped: the activities that the playbook does not know."""
    known = [raw for raw in raws if own_mapping(raw.kind) is not None]
    if not known:
        return []
    imported = import_files(list(dict.fromkeys(raw.file for raw in raws if raw.kind != "table")), None, lang)
    activities = imported.tables.get("events", pl.DataFrame(schema={"activity": pl.String}))["activity"].unique().sort()
    ids = {one.id for book in builtin_playbooks() for one in book.activities}
    strange = [name for name in activities.drop_nulls() if name not in ids][:_STATES]
    if not strange:
        return []
    why = Text(
        "playbook にない活動です。どの活動か書いてください",
        "activities that the playbook does not have; say which they are",
    )
    meant = {
        name: next(filter(None, (known_activity(name, book) for book in builtin_playbooks())), "") for name in strange
    }
    return [why.say(lang), "[values.activity]", *(f"{_q(name)} = {_q(id)}" for name, id in meant.items())]


# One file


def _source(raw: Raw, book: Playbook, lang: Lang) -> tuple[list[str], list[_Idea]]:
    """The lines of a [[source]], and the ideas they come from."""
    lines = ["", "[[source]]", f"file = {_q(raw.file.name)}"]
    if raw.kind not in ("table", "kintone"):
        return _known_format(raw, lines, lang)
    log = _log_of(raw)
    if log is not None:
        return _event_log(raw, log, book, lines, lang)
    columns = [_looked_at(raw, name) for name in raw.columns]
    ideas = list(_ideas(raw, columns, book))
    by = {idea.becomes: idea.column for idea in ideas if idea.sure}
    stages = [idea for idea in ideas if idea.becomes.startswith("events: ")]
    lines += [f"# {_line(remark.text.say(lang))}" for remark in raw.remarks]
    case = _case(by, ideas, columns)
    lines += _of_cases(by, case, lang)
    if stages:
        lines += [
            "",
            "[source.stages]",
            *(f"{_q(i.column)} = {_q(i.becomes[8:])}  # {_line(i.why.say(lang))}" for i in stages),
        ]
    time = by.get("ended_on") or (None if stages else by.get("changed_at"))
    states, meant = _states_column(by, columns, book, of_line="ended_on" not in by and time is not None)
    lines += _of_ends(by, states, meant, time, lang) if states else []
    ideas = [_as_activity(idea) if idea.column == states and not idea.becomes else idea for idea in ideas]
    lines += _of_others(by, case, lang)
    unused = [idea for idea in ideas if not idea.sure or idea.becomes == ""]
    lines += ["", *(f"# {_line(f'{idea.column}: {idea.why.say(lang)}')}" for idea in unused)] if unused else []
    return lines, ideas


def _log_of(raw: Raw) -> LogColumns | None:
    """The columns of an event log, where the file is one."""
    if raw.kind != "table":
        return None
    dated = {name for name in raw.columns if _looked_at(raw, name).dates > 0.6}
    return log_columns(raw.columns, dated, _SAID["log"])


def _values(raw: Raw, column: str) -> list[str]:
    return without_blanks(raw.frame[column]).drop_nulls().unique(maintain_order=True).head(_ACTIVITIES).to_list()


def _event_log(
    raw: Raw, log: LogColumns, book: Playbook, lines: list[str], lang: Lang
) -> tuple[list[str], list[_Idea]]:
    """The lines of a file with an event a row: its cases, and its events with the activity that each value is."""
    others = [_looked_at(raw, name) for name in raw.columns if name not in log.of.values()]
    ideas = [
        one for one in _ideas(raw, others, book) if one.becomes in ("subject", "client_id", "opening_id", "position")
    ]
    by = {"case_id": log.case_id, **{idea.becomes: idea.column for idea in ideas}}
    meant = _activities_of(_values(raw, log.activity), book)
    plain = all(value == id for value, id in meant.items())
    values = 'others = "keep"' if plain else f"values = {_table(meant)}"
    why = Text("どの値がどの活動か、確かめてください", "check which value is which activity").say(lang)
    lines += [f"# {_line(remark.text.say(lang))}" for remark in raw.remarks]
    lines += _of_cases(by, _q(log.case_id), lang)
    lines += ["", "[[source.events]]", f"activity = {{ column = {_q(log.activity)}, {values} }}  # {why}"]
    lines += [f"{name} = {_q(column)}" for name, column in log.of.items() if name not in ("case_id", "activity")]
    header = Text("見出しから。一行に一件のできごとです", "by its header; the file has an event a row")
    told = [
        _Idea(column, "case_id" if name == "case_id" else f"events.{name}", header) for name, column in log.of.items()
    ]
    used = {idea.column for idea in ideas}
    unused = [_Idea(one.name, "", _why_unused(one), sure=False) for one in others if one.name not in used]
    lines += ["", *(f"# {_line(f'{idea.column}: {idea.why.say(lang)}')}" for idea in unused)] if unused else []
    return lines, [*told, *ideas, *unused]


def _step(value: str, book: Playbook) -> str:
    """The activity whose words a value holds; empty where there is none."""
    key, ids = fold_key(value), {one.id for one in book.activities}
    return next((id for parts, id in _STEPS if id in ids and all(part in key for part in parts)), "")


def _known_format(raw: Raw, lines: list[str], lang: Lang) -> tuple[list[str], list[_Idea]]:
    kind = raw.kind.split(".")[0]
    why = Text(
        f"{raw.kind} の書き出しです。読み方は決まっています", f"an export of {raw.kind}, read by its own mapping"
    )
    return [*lines, f"format = {_q(kind)}  # {why.say(lang)}"], [_Idea("*", kind, why)]


def _looked_at(raw: Raw, name: str) -> _Column:
    cells = without_blanks(raw.frame[name].head(_ROWS_LOOKED_AT)).drop_nulls()
    read = read_dates(cells, "Asia/Tokyo") if len(cells) else None
    dated = _dated(read) if read is not None else 0
    values = tuple(cells.unique(maintain_order=True).head(_STATES + 1))
    forms = said_forms(read.forms) if read is not None else Text("", "")
    share = dated / len(cells) if len(cells) else 0.0
    return _Column(name, len(cells), cells.n_unique(), share, name in raw.lines, values, forms)


def _dated(read: DateColumn) -> int:
    return read.text.len() - read.text.null_count() + int((read.refused == "ambiguous_date").sum() or 0)


def _ideas(raw: Raw, columns: Sequence[_Column], book: Playbook) -> Iterator[_Idea]:
    """What each column should become; each part of a case is taken once, by the first and best column."""
    taken: set[str] = set()
    for column in columns:
        idea = _as_step(column, book) if column.dates > 0.6 or not column.filled else None
        idea = idea or _by_word(column, columns, raw, taken)
        if idea is None:
            idea = _Idea(column.name, "", _why_unused(column), sure=False)
        taken.add(idea.becomes)
        yield idea


def _why_unused(column: _Column) -> Text:
    if column.dates > 0.6:
        line = f'{_q(column.name)} = "..."'
        ja = f"日付の列です（{column.filled}件）。できごとなら [source.stages] に {line} と活動を書いてください"
        en = f"a column of dates ({column.filled}); if it is an event, write {line} in [source.stages]"
        return Text(ja, en)
    shown = _shown(column)
    return Text(f"使いません（{column.filled}件、例 {shown}）", f"not used ({column.filled} cells, such as {shown})")


def _shown(column: _Column) -> str:
    return ", ".join(value[:20].replace("\n", " ") for value in column.values[:2]) or "-"


def _as_step(column: _Column, book: Playbook) -> _Idea | None:
    """A column of dates whose header names an activity."""
    share = Text(
        f"{column.filled}件中{column.dates:.0%}が日付", f"{column.dates:.0%} of {column.filled} cells are dates"
    )
    header, bare = fold_key(column.name), _bare(column.name)
    if header in _WORDS["ended_on"]:
        return None
    for one in book.activities:
        if bare in (fold_key(one.name.ja), fold_key(one.name.en), one.id):
            ja, en = (
                f"見出しが活動「{one.name.ja}」と同じ、{share.ja}",
                f"named like the activity '{one.name.en}', {share.en}",
            )
            return _Idea(column.name, f"events: {one.id}", Text(ja, en))
    ids = {one.id for one in book.activities}
    for parts, activity in _STEPS:
        if all(part in header for part in parts) and activity in ids:
            ja, en = f"見出しに「{'・'.join(parts)}」、{share.ja}", f"'{' '.join(parts)}' in the header, {share.en}"
            return _Idea(column.name, f"events: {activity}", Text(ja, en))
    return None


def _by_word(column: _Column, columns: Sequence[_Column], raw: Raw, taken: set[str]) -> _Idea | None:
    header = fold_key(column.name)
    for becomes, words in _WORDS.items():
        rank = next((n for n, word in enumerate(words) if word == header), None)
        if rank is None or becomes in taken or not column.filled:
            continue
        if becomes == "case_id" and not _is_id(column, raw):
            why = Text("IDの列に見えますが、同じ値がくり返されます", "looks like an id, but its values repeat")
            return _Idea(column.name, "", why, sure=False)
        if becomes in ("ended_on", "changed_at") and column.dates < 0.6:
            continue
        better = [c.name for c in columns if c is not column and _rank(becomes, c) < rank and c.filled]
        if not better:
            n = column.distinct
            why = Text(
                f"見出しから（値{column.filled}件、{n}種類）", f"by its header ({column.filled} cells, {n} different)"
            )
            return _Idea(column.name, becomes, why)
    return None


def _rank(becomes: str, column: _Column) -> int:
    header = fold_key(column.name)
    return next((n for n, word in enumerate(_WORDS[becomes]) if word == header), 10_000)


def _is_id(column: _Column, raw: Raw) -> bool:
    """Whether a column tells records apart; in a history of states it may come again."""
    history = any(fold_key(name) in _WORDS["changed_at"] for name in raw.columns)
    return column.distinct == min(raw.records, _ROWS_LOOKED_AT) or (history and column.filled == len(raw.frame))


# The lines


def _case(by: Mapping[str, str], ideas: Sequence[_Idea], columns: Sequence[_Column]) -> str:
    """The column of ids, or an id made of the columns that tell cases apart."""
    if "case_id" in by:
        return _q(by["case_id"])
    names = [by[key] for key in ("subject", "client_id", "opening_id", "position") if key in by]
    names += [idea.column for idea in ideas if idea.becomes == "events: applied"]
    names = names or [column.name for column in columns if column.filled and not column.line][:3]
    return f"{{ made_of = {_list(names)} }}"


def _of_cases(by: Mapping[str, str], case: str, lang: Lang) -> list[str]:
    why = Text("  # IDの列がないため、これらの列から作ります", "  # there is no column of ids, so one is made of these")
    lines = ["", "[source.cases]", f"case_id = {case}" + ("" if "case_id" in by else why.say(lang))]
    lines += [f"{key} = {_q(by[key])}" for key in ("subject", "client_id", "opening_id", "position") if key in by]
    kept = [by[key] for key in ("status", "channel", "note") if key in by]
    return [*lines, f"keep = {_list(kept)}"] if kept else lines


def _as_activity(idea: _Idea) -> _Idea:
    why = Text("値が活動の名前で、行ごとに日付があります", "its values name activities, and each line has a date")
    return _Idea(idea.column, "events.activity", why)


def _of_ends(by: Mapping[str, str], states: str, meant: Mapping[str, str], time: str | None, lang: Lang) -> list[str]:
    """Events from a column of states: a history where each line has its time, else how and when it ended."""
    lines = ["", "[[source.events]]"]
    why = Text("どの状態がどの活動か、確かめてください", "check which state is which activity")
    lines += [f"activity = {{ column = {_q(states)}, values = {_table(meant)} }}  # {why.say(lang)}"]
    lines += [f"timestamp = {_q(time)}"] if time else []
    lines += [f"reason = {_q(by['reason'])}"] if "reason" in by else []
    if time:
        return lines
    lost = Text(
        "いつ終わったかの列が見つかりません。あれば次の行を使ってください",
        "no column says when it ended; if there is one, use these lines",
    )
    return ["", f"# {lost.say(lang)}", *(f"# {line}" for line in [*lines[1:], 'timestamp = ""'])]


def _states_column(
    by: Mapping[str, str], columns: Sequence[_Column], book: Playbook, *, of_line: bool
) -> tuple[str, dict[str, str]]:
    """The column of states and what each means; empty where there is none.

    Where each line has its time, a column whose values name more activities goes before the state of the record.
    """
    found = {column.name: _states(column.values) for column in columns if column.name == by.get("status")}
    if of_line:
        free = [column for column in columns if column.name not in by.values() and column.dates <= 0.6]
        found |= {column.name: _activities_of(column.values, book) for column in free}
    told = {name: sum(map(bool, meant.values())) for name, meant in found.items()}
    best = max(told, key=lambda name: told[name], default="")
    return ("", {}) if not best or (best != by.get("status") and told[best] < 2) else (best, found[best])


def _activities_of(values: Sequence[str], book: Playbook) -> dict[str, str]:
    return {value: known_activity(value, book) or _step(value, book) for value in values}


def _states(values: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for value in values[:_STATES]:
        key = fold_key(value)
        end = next((activity for part, activity in _ENDS if part in key), None)
        step = next((activity for parts, activity in _STEPS if all(part in key for part in parts)), None)
        found[value] = "" if key in _OPEN or key.endswith("中") else end or step or ""
    return found


def _of_others(by: Mapping[str, str], case: str, lang: Lang) -> list[str]:
    lines: list[str] = []
    if "client_id" in by:
        lines += ["", "[source.clients]", f"client_id = {_q(by['client_id'])}", f"name = {_q(by['client_id'])}"]
    if "person" in by:
        why = Text("どの役割か、確かめてください", "check which role it is")
        lines += ["", "[source.assignments]", f'role = {{ always = "followup_owner" }}  # {why.say(lang)}']
        lines += [f"person = {_q(by['person'])}", f"case_id = {case}"]
    return lines


def _line(text: str) -> str:
    """A text that stays on the line of its comment."""
    return re.sub(r"[\x00-\x1f\x7f\s]+", " ", text)


def _q(text: str) -> str:
    """A text between double quotes, as TOML and JSON write it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(texts: Sequence[str]) -> str:
    return "[" + ", ".join(map(_q, texts)) + "]"


def _table(values: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f"{_q(given)} = {_q(wanted)}" for given, wanted in values.items()) + " }"
