"""A file with an event a row: recognised by its headers, or by its shape (an id that repeats, a time on each line, and
a column whose values are states or activities)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from playbook.importing.guess.happenings import UNSAID
from playbook.importing.guess.logs import LogColumns, known_activity, log_columns
from playbook.importing.guess.looks import Look, look_at_all
from playbook.importing.guess.parts import OF_CASES
from playbook.importing.guess.proposal import NOTHING, Asker, ColumnGuess
from playbook.importing.guess.toml import Line, inline, quoted, reasoned, remarked, toml_list
from playbook.importing.raw import Raw
from playbook.importing.vocabulary.headers import ends_like_an_id
from playbook.importing.vocabulary.states import ENDED, Meaning, state_of
from playbook.importing.vocabulary.words import rank, vocabulary
from playbook.words.catalogue import listed, msg
from playbook.words.folding import fold_key
from playbook.words.text import Text

_MOST = 40
_SHOWN = 20


def history_of(raw: Raw) -> LogColumns | None:
    """The columns of an event log, where the file is one."""
    if raw.kind != "table":
        return None
    looks = look_at_all(raw)
    dated = {one.name for one in looks if one.share > 0.6}
    named = log_columns(raw.columns, dated, vocabulary()["log"])
    found = named if named is not None else _by_shape(looks)
    return None if found is None else replace(found, of=_without_numbers(found.of, looks))


def _without_numbers(of: Mapping[str, str], looks: Sequence[Look]) -> dict[str, str]:
    """The columns of a log; a number names nobody who did it."""
    numbers = {one.name for one in looks if one.values and all(value.isdigit() for value in one.values)}
    return {name: column for name, column in of.items() if name != "resource" or column not in numbers}


def _by_shape(looks: Sequence[Look]) -> LogColumns | None:
    """An id that repeats, a time on each line that is not that of one happening, and states that change."""
    times = [
        one for one in looks if one.dated and one.header.noun == "" and not one.header.says.startswith(("plan", "dead"))
    ]
    recorded = [one for one in looks if one.dated and _log_rank("recorded_at", one) is not None]
    ids = [one for one in looks if _may_repeat(one)]
    made_of = () if ids else _by_name(looks)
    states = [one for one in looks if not one.dated and one.filled and one.distinct <= _MOST and _tells(one)]
    if any(one.dated and one.header.noun not in ("", "birth", "contract") for one in looks):
        return None
    whole = max((one.filled for one in looks), default=0)
    full = [one for one in times if one not in recorded and one.filled == whole]
    if not ((ids or made_of) and full and states):
        return None
    time = min(full, key=lambda one: (_rank("timestamp", one), looks.index(one)))
    case = min(ids or made_of[:1], key=lambda one: (_rank("case_id", one), looks.index(one)))
    state = max(states, key=lambda one: (rank("status", one.name) is not None, _tells(one)))
    of = {"case_id": case.name, "activity": state.name, "timestamp": time.name}
    for becomes in ("resource", "reason", "note", "channel"):
        found = next(
            (one.name for one in looks if one.name not in of.values() and _log_rank(becomes, one) is not None), None
        )
        of |= {becomes: found} if found else {}
    of |= {"recorded_at": recorded[0].name} if recorded else {}
    return LogColumns(of, tuple(one.name for one in made_of))


def _by_name(looks: Sequence[Look]) -> list[Look]:
    """Where no column is an id: a name that comes again, and what the same person may have applied for."""
    plain = [one for one in looks if one.filled and not one.dated and not one.long]
    names = [one for one in plain if rank("subject", one.name) is not None and 1 < one.distinct < 0.9 * one.filled]
    more = [one for key in ("client_id", "opening_id") for one in plain if rank(key, one.name) is not None]
    return [*names[:1], *more] if names else []


def _log_rank(becomes: str, look: Look) -> int | None:
    words = [fold_key(word) for word in vocabulary()["log"][becomes]]
    return words.index(fold_key(look.name)) if fold_key(look.name) in words else None


def _rank(becomes: str, look: Look) -> int:
    found = _log_rank(becomes, look)
    return 100 if found is None else found


def _may_repeat(look: Look) -> bool:
    """Whether a column is headed as an id and names things that come again."""
    headed = ends_like_an_id(look.name) or rank("case_id", look.name) is not None
    return headed and not look.dated and 1 < look.distinct < 0.9 * look.filled


def _tells(look: Look) -> int:
    """How many of a column's cells are states or rounds, where most are and they are of several kinds."""
    kinds = [(state_of(value).kind, n) for value, n in look.counts]
    known = sum(n for kind, n in kinds if kind)
    several = len({value for value, _ in look.counts if state_of(value).kind}) > 1
    return known if several and known * 2 >= look.filled else 0


def propose_history(raw: Raw, log: LogColumns, asker: Asker) -> tuple[list[Line], list[ColumnGuess]]:
    """The lines of a file with an event a row: its cases, and its events with the activity that each value is."""
    looks = {one.name: one for one in look_at_all(raw)}
    others = [one for one in looks.values() if one.name not in log.of.values()]
    made = [_made(log)] if log.made_of else []
    by, told = {"subject": log.case_id} if made else {}, list(made)
    for becomes in OF_CASES:
        found = [one for one in others if one.filled and not one.dated and rank(becomes, one.name) is not None]
        if found:
            best = min(found, key=lambda one: rank(becomes, one.name) or 0)
            by[becomes] = best.name
            told.append(ColumnGuess(best.name, becomes, msg("by its header")))
            others.remove(best)
    meant = _meanings(looks[log.activity], asker)
    plain = all(value == id for value, id in meant.items())
    values = 'others = "keep"' if plain else f"values = {inline(meant)}"
    why = msg("check which value is which activity")
    case = f"{{ made_of = {toml_list(log.made_of)}, repeats = true }}" if log.made_of else quoted(log.case_id)
    lines: list[Line] = ["", "[source.cases]", f"case_id = {case}"]
    lines += [f"{key} = {quoted(column)}" for key, column in by.items()]
    lines += ["", "[[source.events]]", reasoned(f"activity = {{ column = {quoted(log.activity)}, {values} }}", why)]
    lines += [f"{name} = {quoted(column)}" for name, column in log.of.items() if name not in ("case_id", "activity")]
    if "client_id" in by:
        name = quoted(by["client_id"])
        lines += ["", "[source.clients]", f"client_id = {name}", f"name = {name}"]
    header = msg("by its header; the file has an event a row")
    events = [
        ColumnGuess(column, ("subject" if log.made_of else name) if name == "case_id" else f"events.{name}", header)
        for name, column in log.of.items()
    ]
    lines += [remarked(one.column, ": ", one.why) for one in made]
    lines += _about_nothing(log.activity, meant)
    unused = [ColumnGuess(one.name, "", _unused(one), sure=False) for one in others]
    lines += ["", *(remarked(line.column, ": ", line.why) for line in unused)] if unused else []
    return lines, [*events, *told, *unused]


def _made(log: LogColumns) -> ColumnGuess:
    why = msg("there is no column of ids, so one is made of these")
    return ColumnGuess(" + ".join(log.made_of), "case_id: made", why, sure=False)


def _unused(look: Look) -> Text:
    return msg("not used ({filled} cells, such as {shown})", filled=look.filled, shown=look.shown)


_TOLD = re.compile(r"の?ご?(?:連絡|電話|通知|報告|返事|返答|回答|メール|お知らせ|申し?出|旨).*$")


def _hinted(value: str) -> Meaning:
    """What a value that tells of a talk may be about (辞退の電話あり): a person must say."""
    told = state_of(_TOLD.sub("", value))
    return replace(told, sure=False) if told.kind in (*ENDED, "offer", "accepted") else Meaning()


def _about_nothing(column: str, meant: Mapping[str, str]) -> list[Line]:
    """A comment with the values that become no event, so that nobody's end is among them unseen."""
    silent = [value for value, activity in meant.items() if not activity]
    if not silent:
        return []
    told = msg("'{column}': these values become no event: {values}", column=column, values=listed(silent[:_SHOWN]))
    return [remarked(told)]


def _meanings(look: Look, asker: Asker) -> dict[str, str]:
    """Which activity each value is; what is in doubt is nothing, and asked."""
    known = frozenset(one.id for one in asker.book.activities)
    found: dict[str, str] = {}
    for value, n in look.counts:
        label = known_activity(value, asker.book)
        meaning = state_of(value) if state_of(value).kind else _hinted(value)
        activity = label or meaning.activity(known, dated=True)
        choices = [one for one in dict.fromkeys((activity, *meaning.choices)) if one in known]
        if label or meaning.sure or not choices:
            found[value] = activity
            continue
        text = msg("what happened where '{name}' says '{value}' ({n} rows)", name=look.name, value=value, n=n)
        unasked = meaning.unasked if meaning.unasked in known else ""
        why = UNSAID if unasked else msg("the word alone does not tell")
        answer = asker.decide(f"{look.name} | {value}", text, why, asker.choices(choices), choices[0], n)
        found[value] = unasked if answer is None else "" if answer == NOTHING else str(answer)
    return found
