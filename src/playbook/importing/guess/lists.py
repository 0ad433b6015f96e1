"""A list with a record a row: its parts, what happened, who looks after it, and what is kept as it stands."""

from __future__ import annotations

from collections.abc import Sequence

from playbook.importing.guess.happenings import Happenings, ListReader, unused
from playbook.importing.guess.looks import Look, look_at_all
from playbook.importing.guess.parts import OF_CASES, PLAIN, CaseParts, parts_of
from playbook.importing.guess.people import SIDES, roles_of_side, sides_of
from playbook.importing.guess.proposal import AnswerChoice, Asker, Block, ColumnGuess
from playbook.importing.guess.toml import (
    Line,
    event_lines,
    quoted,
    reasoned,
    remarked,
    stage_lines,
    state_lines,
    toml_list,
)
from playbook.importing.raw import Raw
from playbook.importing.vocabulary.headers import ROUNDS, header_of, words_of_others
from playbook.importing.vocabulary.states import ENDED, state_of
from playbook.importing.vocabulary.words import rank
from playbook.words.catalogue import msg
from playbook.words.folding import fold, fold_key
from playbook.words.text import Text


def propose_list(raw: Raw, asker: Asker) -> tuple[list[Line], list[ColumnGuess]]:
    """The lines of a [[source]] for a list, and what each column becomes."""
    looks = look_at_all(raw)
    parts = parts_of(raw, looks, asker)
    taken = {line.column for line in parts.lines}
    free = [one for one in looks if one.name not in taken and not _is_reason(one, parts)]
    table = _of_tables(free, asker)
    reader = ListReader([one for one in free if not one.line], asker.book, asker, _reasons(looks))
    found = reader.read()
    rest = [one for one in looks if one.name not in {*taken, *reader.used, *(line.column for line in table.lines)}]
    kept, told = _kept(rest, parts)
    kept += [line.column for line in found.lines if not line.becomes and line.column not in kept]
    lines = _of_cases(parts, found, kept)
    blocks = [*found.blocks, *table.blocks]
    lines += [*stage_lines(blocks), *event_lines(blocks), *state_lines(blocks)]
    lines += _of_others(parts, asker)
    said = [*parts.lines, *found.lines, *table.lines, *told]
    open_ = [remarked(line.column, ": ", line.why) for line in said if not line.sure]
    open_ += [remarked(doubt) for doubt in (*found.doubts, *table.doubts)]
    silent = [remarked(line.column, ": ", line.why) for line in said if line.sure and not line.becomes]
    lines += ["", *open_] if open_ else []
    lines += ["", *silent] if silent else []
    order = {name: n for n, name in enumerate(raw.columns)}
    return lines, sorted(said, key=lambda line: order.get(line.column.split(" + ")[0], 0))


def _is_reason(look: Look, parts: CaseParts) -> bool:
    """Whether a column says why it ended: it goes with the event, not before it."""
    return look.name == parts.by.get("reason") or (look.header.says == "why" and rank("end", look.name) is None)


def _reasons(looks: Sequence[Look]) -> dict[str, str]:
    """The columns of reasons, by the end that each is of ("" where it is of any)."""
    found: dict[str, str] = {}
    for look in looks:
        if look.header.says == "why" and look.filled and rank("end", look.name) is None and not look.line:
            noun = look.header.noun if look.header.noun in ("withdrawn", "rejected", "offer_declined") else ""
            found.setdefault(noun, look.name)
    if "withdrawn" in found:
        found.setdefault("offer_declined", found["withdrawn"])
    return found


# What is kept


def _kept(rest: Sequence[Look], parts: CaseParts) -> tuple[list[str], list[ColumnGuess]]:
    """The plain columns that are kept under their own names, and what is said of each that is not used."""
    kept: list[str] = [parts.by[key] for key in PLAIN if key in parts.by]
    lines = []
    for look in rest:
        if rank("personal", look.name) is not None:
            why = msg("about the person; write it in keep if it is needed")
            lines.append(ColumnGuess(look.name, "", why))
        elif look.filled and not look.line and not look.dated:
            kept.append(look.name)
            plain = unused(look)
            why = msg("kept as it is ({filled} cells, such as {shown})", filled=look.filled, shown=look.shown)
            lines.append(
                ColumnGuess(look.name, "keep", why)
                if look.name not in parts.by.values()
                else ColumnGuess(look.name, "", plain)
            )
        elif look.dated:
            lines.append(ColumnGuess(look.name, "", _of_days(look), sure=False))
        else:
            lines.append(ColumnGuess(look.name, "", unused(look), sure=bool(look.filled)))
    return list(dict.fromkeys(kept)), lines


def _of_days(look: Look) -> Text:
    line = f'{quoted(look.name)} = "..."'
    return msg(
        "a column of days ({days}, such as {shown}); if it is an event, write {line} in [source.stages]",
        days=look.days,
        shown=look.shown,
        line=line,
    )


# The lines


def _of_cases(parts: CaseParts, found: Happenings, kept: Sequence[str]) -> list[Line]:
    case = case_cell(parts)
    why = next((line.why for line in parts.lines if line.becomes.startswith("case_id")), Text("", ""))
    lines: list[Line] = ["", "[source.cases]", reasoned(f"case_id = {case}", why)]
    cells = {key: quoted(parts.by[key]) for key in OF_CASES if key in parts.by}
    if parts.names:
        cells["subject"] = f'{{ column = {toml_list(parts.names)}, joined = " " }}'
    lines += [f"{key} = {cell}" for key, cell in cells.items()]
    for name, columns in found.planned.items():
        cell = quoted(columns[0]) if len(columns) == 1 else f"{{ column = {toml_list(columns)}, latest = true }}"
        lines.append(f"{name} = {cell}")
    kept = [name for name in kept if name not in OF_CASES]
    return [*lines, f"keep = {toml_list(kept)}"] if kept else lines


def case_cell(parts: CaseParts) -> str:
    """The cell of the case's id, as TOML."""
    return f"{{ made_of = {toml_list(parts.id)} }}" if parts.made else quoted(parts.id[0])


def _of_others(parts: CaseParts, asker: Asker) -> list[Line]:
    lines: list[Line] = []
    if "client_id" in parts.by:
        name = quoted(parts.by["client_id"])
        lines += ["", "[source.clients]", f"client_id = {name}", f"name = {name}"]
    if "person" in parts.by:
        lines += _of_people(parts, asker)
    return lines


def _of_people(parts: CaseParts, asker: Asker) -> list[Line]:
    """Who looks after a case: the roles of one side, asked where the book has several."""
    column = parts.by["person"]
    sides = sides_of(asker.book)
    if not sides:
        return []
    side = sides[0]
    said = fold_key(column)
    own = next((one for one in asker.book.roles if said in (fold_key(one.name.ja), fold_key(one.name.en))), None)
    if own is None and len(sides) > 1:
        text = msg("whose people are those in '{column}'", column=column)
        why = msg("their roles depend on the side they are on")
        choices = [AnswerChoice(one, SIDES[one]) for one in sides]
        side = asker.decide(f"{column} | side", text, why, choices, side) or side
    names = {role.id: role.name for role in asker.book.roles}
    lines: list[Line] = []
    for role in [own.id] if own else roles_of_side(asker.book, side):
        taken = msg("taken for {sides}: '{names}'", sides=SIDES[side], names=names[role])
        why = msg("named like a role of the playbook") if own else taken
        lines += ["", "[[source.assignments]]", reasoned(f"role = {{ always = {quoted(role)} }}", why)]
        lines += [f"person = {quoted(column)}", f"case_id = {case_cell(parts)}"]
    return lines


# Tables inside records


def _of_tables(looks: Sequence[Look], asker: Asker) -> Happenings:
    """The events of a table inside records: what, when, who, and with which result."""
    found = Happenings()
    lines = [one for one in looks if one.line and one.filled]
    time = next((one for one in lines if one.dated and one.header.says not in ("planned", "deadline", "wish")), None)
    if time is None:
        return found
    known = frozenset(one.id for one in asker.book.activities)
    meant = {one.name: _activities(one.values, known, asker) for one in lines if not one.dated and not one.long}
    kind = max(meant, key=lambda name: sum(map(bool, meant[name].values())), default="")
    if not kind or not any(meant[kind].values()):
        return found
    person = next((one for one in [*lines, *looks] if _is_interviewer(one) and one.name != kind), None)
    why = msg("what happened when, on each line of the table")
    who = person.name if person else ""
    result = next((one.name for one in lines if rank("result", one.name) is not None and one.name != kind), "")
    found.blocks.append(Block("rows", kind, values=meant[kind], time=time.name, resource=who, result=result, why=why))
    if any(not one.line and rank("status", one.name) is not None for one in looks):
        lines = [one for one in lines if one.name != result]  # how a record ended is in its own state
        found.lines += [ColumnGuess(result, "events.result", why)] if result else []
    found.lines += [ColumnGuess(kind, "events.activity", why), ColumnGuess(time.name, "events.timestamp", why)]
    found.lines += [ColumnGuess(person.name, "events.resource", why)] if person else []
    for other in lines:
        if other.name in (kind, time.name) or other is person or other.dated:
            continue
        ends = {value: state_of(value).activity(known) for value in other.values if state_of(value).kind in ENDED}
        ends = {value: activity for value, activity in ends.items() if activity and state_of(value).sure}
        if ends and rank("note", other.name) is None:
            said = msg("the result of each line of the table")
            silent = {value: ends.get(value, "") for value in other.values}
            found.blocks.append(Block("state", other.name, values=silent, after=(time.name,), why=said))
            found.lines.append(ColumnGuess(other.name, "marks", said))
    return found


def _activities(values: Sequence[str], known: frozenset[str], asker: Asker) -> dict[str, str]:
    labels = {fold(label): one.id for one in asker.book.activities for label in (one.name.ja, one.name.en, one.id)}
    return {value: labels.get(fold(value)) or _dated(value, known) for value in values}


def _dated(value: str, known: frozenset[str]) -> str:
    meaning = state_of(value)
    return meaning.activity(known, dated=True) if meaning.sure else ""


def _is_interviewer(look: Look) -> bool:
    """Whether a column names who held an interview: on a line anybody who is in charge, else an interviewer."""
    if look.dated:
        return False
    header = header_of(look.name)
    if look.line:
        return rank("person", look.name) is not None or header.says == "people"
    return header.says == "people" and header.is_interview


# Tables that are not of applicants


def other_table(raw: Raw) -> str:
    """What a table is that is not of applicants: `goals`, `notes_of_meetings`, or "" where it may be one of them."""
    text = fold(" ".join(raw.columns))
    for kind in ("goals", "notes_of_meetings"):
        if words_of_others(text, kind) >= 2 and not _is_of_applicants(raw):
            return kind
    return ""


def _is_of_applicants(raw: Raw) -> bool:
    nouns = [header_of(name).noun for name in raw.columns]
    return (
        "applied" in nouns
        or len({noun for noun in nouns if noun in (*ROUNDS, "offer", "accepted", "rejected", "withdrawn")}) > 1
    )
