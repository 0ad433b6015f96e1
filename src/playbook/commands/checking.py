"""`playbook check`: everything that is wrong with the data and with the playbooks, in one reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from playbook.answers.flow.contradictions import contradictions
from playbook.answers.placed.editions import careful
from playbook.ask.reading import read_place
from playbook.commands.arguments import Asked
from playbook.commands.output import write_frame
from playbook.commands.past import near_names, two_at_once, versions_told
from playbook.commands.session import Session, books_of
from playbook.rules.firm_facts import facts_in, unknown_facts
from playbook.rules.nouns import Playbook
from playbook.rules.reading import builtin_playbooks
from playbook.show.refusals import with_reasons
from playbook.show.wording import wording
from playbook.tables.stored import Tables
from playbook.words.catalogue import aside, msg
from playbook.words.problem import CalendarError, PlaybookError, Said, WorkspaceError, did_you_mean, said
from playbook.words.text import Lang, Text

if TYPE_CHECKING:
    from playbook.ask.workspace import Workspace

CorrectionKind = Literal[
    "quarantined",
    "doubtful_file",
    "left_out",
    "unknown_activity",
    "contradiction",
    "no_column",
    "no_dates",
    "unfinished_book",
    "unknown_fact",
    "near_name",
    "two_people",
    "unassigned",
    "orphan",
    "voice_without_talk",
    "voice_in_confidence",
    "letter_wording",
]

_TO_DO: dict[CorrectionKind, Text] = {
    "quarantined": msg("Rows that could not be used (quarantined)"),
    "doubtful_file": msg("What to look at in the files: it was read, but perhaps not as it was meant"),
    "contradiction": msg("Records that cannot both be true: a date or a row is wrong"),
    "unknown_activity": msg("Activities that the playbook does not know"),
    "orphan": msg("Live cases without a next action"),
    "unassigned": msg("Roles that nobody is assigned to"),
    "two_people": msg("Two people in one role of one scope on one day"),
    "near_name": msg("Columns that are not read, for their name is another"),
    "voice_without_talk": msg("Voices without a talk of that day: if there was one, add it to the events"),
    "voice_in_confidence": msg("Voices that may cross and say themselves that they are in confidence"),
    "letter_wording": msg("What is wrong in the house's own words of letters: no letter is written with it"),
}
"""What a person corrects or decides, the first thing first."""

_KNOWN: dict[CorrectionKind, Text] = {
    "left_out": msg("Cases of playbooks that are not in use"),
    "no_column": msg("Columns that a rule's `when` asks for are in no table"),
    "no_dates": msg("Planned dates that start a clock are in no table"),
    "unfinished_book": msg("What a rule book lacks"),
    "unknown_fact": msg("Facts that are cited and that nothing keeps"),
}
"""What the rule books ask for and the tables do not have: of the house, not of a row."""
_FINE = msg("nothing is wrong")
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Correction:
    """One thing that a person may want to correct: what kind, where, how often, and what might be meant."""

    kind: CorrectionKind
    place: str
    found: str
    n: int
    hint: Said = ""


def check(asked: Asked) -> int:
    """Read everything, print what is wrong; write nothing but what was asked for with `-o` and `--quarantine`."""
    session = Session(asked)
    try:
        workspace = session.workspace
    except PlaybookError:
        _what_can_be_read(session)
        raise
    tables = workspace.tables
    found = [*_rows(tables, session.lang), *_wording_of_letters(tables, session.lang)]
    try:
        found += _questions(workspace, session)
    except CalendarError:
        _write_quarantine(session, tables, session.lang)
        _tell([*_to_do(found, session.lang, fine=False), *_rest(tables, found, session.lang)])
        raise
    _write_quarantine(session, tables, session.lang)
    if asked["output"]:
        session.write(_frame(found))
    else:
        _tell(_to_do(found, session.lang))
        _tell_import(session, workspace)
        _tell(_rest(tables, found, session.lang))
    return session.status()


def _tell_import(session: Session, workspace: Workspace[Any]) -> None:
    """What to look at in the import that the tables come from, where there was one, and where its whole report is."""
    folder = Path(session.place)
    if not folder.is_dir():
        return
    if workspace.settings.imports:
        from playbook.importing import import_folder

        print(import_folder(folder, workspace.settings.imports).report.say(session.lang))
    elif (folder / "import").is_dir():
        from playbook.importing import read_report

        report = read_report(folder)
        if report is not None:
            print(report.to_check(session.lang), end="")
            rest = folder / "import" / "report.md"
            print(msg("the whole report of the import: {rest}", rest=rest).say(session.lang) + "\n")


def _what_can_be_read(session: Session) -> None:
    """Where a rule book stands in the way: what is wrong with the rows, nevertheless."""
    books, _ = books_of(session.asked["playbook"])
    try:
        tables = read_place(session.place, books or builtin_playbooks())
    except PlaybookError:
        return
    lang = session.asked["lang"] or tables.settings.language
    _write_quarantine(session, tables, lang)
    refused = [one for one in _rows(tables, lang) if one.kind == "quarantined"]  # which playbooks are in use is unknown
    _tell([*_to_do(refused, lang, fine=False), *_rest(tables, refused, lang)])


def _write_quarantine(session: Session, tables: Tables, lang: Lang) -> None:
    if session.asked["quarantine"]:
        write_frame(with_reasons(tables.quarantine, lang), session.asked["quarantine"])


def _frame(found: Iterable[Correction]) -> pl.DataFrame:
    """One row per finding: `kind, place, found, n, hint`."""
    schema = {one.name: pl.Int64 if one.name == "n" else pl.String for one in fields(Correction)}
    return pl.DataFrame([asdict(one) for one in found], schema=schema)


# What may be wrong


def _rows(tables: Tables, lang: Lang) -> Iterator[Correction]:
    """Refused rows by table, column and reason; cases of playbooks that are not in use."""
    same = ["table", "column", "reason"]
    refused = with_reasons(tables.quarantine, lang)
    grouped = refused.group_by(same, maintain_order=True).agg(n=pl.len(), rows=pl.col("row").head(_SHOWN))
    for table, column, reason, n, rows in grouped.rows():
        numbers = ", ".join(map(str, rows)) + (", ..." if n > len(rows) else "")
        place = f"{table}.{column}" if column else table
        at = Text(f"行 {numbers}", f"row {numbers}" if n == 1 else f"rows {numbers}")
        yield Correction("quarantined", place, aside(reason, at).say(lang), n)
    yield from (Correction("doubtful_file", file, doubt.say(lang), 1) for file, doubt in tables.doubts)
    for playbook, cases in tables.left_out.rows():
        yield Correction("left_out", "cases.playbook", playbook, cases)


def _wording_of_letters(tables: Tables, lang: Lang) -> Iterator[Correction]:
    """What is wrong in the text files that `[letter]` names, each with its line."""
    for written_in, path in tables.settings.letter.texts().items():
        try:
            wording(written_in, path)
        except WorkspaceError as error:
            for place, what, _, hint in (one.parts(lang) for one in error.problems):
                yield Correction("letter_wording", place, what, 1, hint)


def _questions(workspace: Workspace[Any], session: Session) -> Iterator[Correction]:
    yield from _unknown_activities(workspace)
    yield from _contradictions(workspace, session)
    yield from _missing_columns(workspace)
    yield from unfinished(workspace, session.lang)
    yield from _unknown_facts(workspace, session)
    assignments = workspace.on(session.as_of).log.tables.assignments
    for name, filled, meant in near_names(assignments):
        yield Correction("near_name", "assignments", name, filled, msg("did you mean '{near}'?", near=meant))
    yield from (Correction("two_people", place, people, 1) for place, people in two_at_once(assignments))
    yield from _unassigned(workspace, session)
    yield from _voices_without_talk(workspace)
    yield from _voices_in_confidence(workspace)
    for (playbook,), cases in workspace.on(session.as_of).orphans().group_by("playbook", maintain_order=True):
        some = cases["case_id"].to_list()
        yield Correction(
            "orphan", playbook, ", ".join(some[:_SHOWN]) + (", ..." if len(some) > _SHOWN else ""), len(some)
        )


def _unknown_activities(workspace: Workspace[Any]) -> Iterator[Correction]:
    """Events whose activity the playbook of their case does not know."""
    cases = workspace.tables.cases.select("case_id", "playbook")
    seen = workspace.tables.events.join(cases, on="case_id").group_by("playbook", "activity").len()
    known = {book.id: [activity.id for activity in book.activities] for book in workspace.playbooks}
    for playbook, activity, n in seen.sort("playbook", "activity").rows():
        if playbook in known and activity not in known[playbook]:
            yield Correction("unknown_activity", playbook, activity, n, did_you_mean(activity, known[playbook]))


_CONTRADICTED: dict[str, Text] = {
    "left_before_joined": msg("left before joining"),
    "before_application": msg("an interview before the application"),
    "accepted_without_offer": msg("an acceptance without an offer"),
    "two_offers": msg("an offer while another stands"),
}


def _contradictions(workspace: Workspace[Any], session: Session) -> Iterator[Correction]:
    """What is contradicted by another event of its case, with the days and the rows of both."""
    for row in contradictions(workspace.on(session.as_of).log).rows(named=True):
        said = _CONTRADICTED[row["kind"]].say(session.lang)
        days = _cell(row["activity"], row["at"], row["row"], session.lang)
        days += (
            f" / {_cell(row['against'], row['against_at'], row['against_row'], session.lang)}" if row["against"] else ""
        )
        yield Correction(
            "contradiction", row["playbook"], f"{row['case_id']}: {aside(said, days).say(session.lang)}", 1
        )


def _cell(activity: str, day: date, row: int | None, lang: Lang) -> str:
    """An event with its day and, where it stands in a file, its row there."""
    where = [msg("events row {row}", row=row).say(lang)] if row else []
    return " ".join([activity, str(day), *where])


def _missing_columns(workspace: Workspace[Any]) -> Iterator[Correction]:
    """Columns that rules of playbooks with cases ask for, and that no table has."""
    tables = workspace.tables
    columns = sorted({*tables.events.columns, *tables.cases.columns, *tables.openings.columns})
    in_use = set(tables.cases["playbook"])
    for book in workspace.playbooks:
        if book.id not in in_use:
            continue
        asked = Counter(name for rule in book.rules for name in rule.when if name not in columns)
        yield from (Correction("no_column", book.id, name, n, did_you_mean(name, columns)) for name, n in asked.items())
        dates = Counter(name for rule in book.rules for name in rule.after if name in book.date_ids - {*columns})
        yield from (Correction("no_dates", book.id, name, n, did_you_mean(name, columns)) for name, n in dates.items())


_LACKS = {
    "stages": msg("no [[stage]]: there is no funnel and no time in stages"),
    "outcomes": msg("no [[outcome]]: a case never ends, and its promises never do"),
    "rules": msg("no [[rule]]: nothing is ever due"),
    "chain": msg("no rule starts from what fulfils another: once one is kept, nothing follows"),
}
_OPEN_ROLE = msg("the role '{}' is held by nobody")


def unfinished(workspace: Workspace[Any], lang: Lang) -> Iterator[Correction]:
    """What a rule book lacks, of those with cases: stages, outcomes, rules that lead on, people for its roles."""
    in_use = set(workspace.tables.cases["playbook"])
    held = set(workspace.tables.assignments["role"])
    for book in (book for book in workspace.playbooks if book.id in in_use):
        yield from (Correction("unfinished_book", book.id, _LACKS[part].say(lang), 1) for part in _lacking(book))
        for role in sorted({rule.role for rule in book.rules}):
            if held.isdisjoint(_falls(book, role)):
                yield Correction("unfinished_book", book.id, _OPEN_ROLE.say(lang).format(role), 1)


def _lacking(book: Playbook) -> Iterator[str]:
    yield from (part for part in ("stages", "outcomes", "rules") if not getattr(book, part))
    starts = {activity for rule in book.rules for activity in rule.after}
    if len(book.rules) > 1 and not any(starts.intersection(rule.until) for rule in book.rules):
        yield "chain"


def _falls(book: Playbook, role: str) -> Iterator[str]:
    """A role, and those it falls to in turn."""
    at: str | None = role
    while at:
        yield at
        at = book.role(at).falls_to


def _unknown_facts(workspace: Workspace[Any], session: Session) -> Iterator[Correction]:
    """Citations of facts that neither the sources nor the workspace keep."""
    own = facts_in(Path(session.place) / "facts")
    for problem in unknown_facts(workspace.playbooks, own):
        cited = said(problem.found, "en").split("'")[1]
        yield Correction("unknown_fact", said(problem.place, session.lang), cited, 1, problem.hint)


_TALKS = {
    "company": ("company_review_held", "six_month_review_held"),
    "hire": ("hire_review_held", "six_month_review_held"),
}
"""The talks in which a side of a placement is heard."""


def _voices_without_talk(workspace: Workspace[Any]) -> Iterator[Correction]:
    """Cases whose voices tell of a talk that is no event: whoever noted it held a contact that no clock has seen."""
    voices = workspace.tables.voices
    if voices.is_empty():
        return
    zone = workspace.zone.key
    day = pl.col("timestamp").dt.convert_time_zone(zone).dt.date()
    talks = workspace.tables.events.select("case_id", "activity", held_on=day)
    for side, activities in _TALKS.items():
        heard = voices.filter(pl.col("side") == side).select("case_id", "held_on").unique()
        known = talks.filter(pl.col("activity").cast(pl.String).is_in(activities))
        alone = heard.join(known, on=["case_id", "held_on"], how="anti").sort("case_id", "held_on")
        for case, days in alone.group_by("case_id", maintain_order=True).agg("held_on").rows():
            yield Correction("voice_without_talk", f"voices.{side}", f"{case}: {', '.join(map(str, days))}", len(days))


def _voices_in_confidence(workspace: Workspace[Any]) -> Iterator[Correction]:
    """Voices that the other side's edition may show, with words which say that they were not meant for it."""
    other = {"company": "hire", "hire": "company"}
    rows = workspace.tables.voices.select("case_id", "side", "held_on", "note", "shareable").rows()
    for case, side, held_on, note, to in rows:
        words = careful(note)
        if words and to in {"both", other[side]}:
            yield Correction("voice_in_confidence", f"voices.{side}", f"{case} {held_on}: {', '.join(words)}", 1)


def _unassigned(workspace: Workspace[Any], session: Session) -> Iterator[Correction]:
    """Roles with open actions that nobody answers for."""
    actions = workspace.due(session.as_of)
    nobody = actions.filter(pl.col("owner").is_null()).group_by("playbook", "role").len().sort("playbook", "role")
    yield from (Correction("unassigned", playbook, role, n) for playbook, role, n in nobody.rows())


# What is said


def _tell(lines: Iterable[str]) -> None:
    """Lines of what is said; nothing where there are none."""
    told = "\n".join(lines)
    if told:
        print(told)


def _to_do(found: list[Correction], lang: Lang, *, fine: bool = True) -> Iterator[str]:
    """What a person must do, before anything else."""
    if fine and not found:
        yield _FINE.say(lang) + "\n"
    yield from _of_kinds(_TO_DO, found, lang)


def _rest(tables: Tables, found: list[Correction], lang: Lang) -> Iterator[str]:
    """What else is known of the rule books in use, and how many rows were read."""
    yield from _of_kinds(_KNOWN, found, lang)
    yield from _counts(tables, lang)


def _of_kinds(heads: Mapping[CorrectionKind, Text], found: list[Correction], lang: Lang) -> Iterator[str]:
    for kind, head in heads.items():
        of_kind = [one for one in found if one.kind == kind]
        if of_kind:
            yield f"{head.say(lang)}: {sum(one.n for one in of_kind)}"
            yield from (f"  {one.place}: {one.found}{_times(one, lang)}{_hint(one, lang)}" for one in of_kind)
            yield ""


def _times(one: Correction, lang: Lang) -> str:
    return f" — {one.n}" + Text("件", "").say(lang)


def _hint(one: Correction, lang: Lang) -> str:
    hint = said(one.hint, lang)
    return f" — {hint}" if hint else ""


def _counts(tables: Tables, lang: Lang) -> Iterator[str]:
    """Rows read, used and held back, per table that was found."""
    how = {table: how for table, _, how in tables.sources.rows()}
    read = msg("{} rows read = {} used + {} quarantined").say(lang)
    for table, *counts in tables.counts.rows():
        if table in how:
            yield f"{table:<11} {aside(read.format(*counts), how[table]).say(lang)}"
    yield from versions_told(tables, lang)
