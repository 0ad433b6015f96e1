"""The commands that make files: init, simulate, drafts, import."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import tomli

from playbook.commands.arguments import Asked
from playbook.commands.output import moved_into
from playbook.commands.terminal import say
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, did_you_mean, reason
from playbook.words.text import Lang, Text

if TYPE_CHECKING:
    from playbook.importing import ImportQuestion


def init(asked: Asked) -> int:
    """A new workspace; the files made, one a line."""
    from playbook.commands.starter import start
    from playbook.tables.settings import FILE_NAME

    lang: Lang = asked["lang"] or "ja"
    folder = Path(asked["DIR"])
    made = start(folder, lang, asked["playbook"])
    _list(made)
    if folder / FILE_NAME in made:
        _ask_since_when(asked, folder, lang)
    if asked["sheet"]:
        _list([_goal_sheet(folder, lang)])
    guide = folder / msg("README.en.md").say(lang)
    say(msg("next: read {guide}", guide=guide).say(lang))
    return 0


def _ask_since_when(asked: Asked, folder: Path, lang: Lang) -> None:
    """Since when the procedure is kept: as told, else asked on a terminal, where Enter alone is today."""
    from playbook.commands.starter import furnish
    from playbook.days.moment import read_moment

    told = str(asked["counts_from"])[:10] if asked["counts_from"] else ""
    if not told and sys.stdin is not None and sys.stdin.isatty():
        today = datetime.now(ZoneInfo("Asia/Tokyo")).date()
        say(msg("Since which day do you keep the procedure? (Enter alone: {today})", today=today).say(lang))
        told = sys.stdin.readline().strip() or today.isoformat()
    moment = read_moment(told) if told else None
    if moment is not None:
        furnish(folder, lang, moment.date())
        return
    how = msg("what was due before you began is counted too; say the day with --counts-from, or in workspace.toml")
    say(how.say(lang))


def _goal_sheet(folder: Path, lang: Lang) -> Path:
    """An empty goal sheet in the folder: an Excel form with drop-downs."""
    from playbook.show.goal_sheet import write_goal_sheet

    path = folder / msg("goal_sheet.xlsx").say(lang)
    if path.exists():
        raise ArgumentError(Problem(str(path), msg("is there already"), msg("a folder without this file")))
    write_goal_sheet(path, {}, None, lang)
    return path


def simulate(asked: Asked) -> int:
    """An invented workspace and the truth about it; the files made, one a line."""
    changes = _scenario(asked)
    folder = Path(asked["DIR"])
    _refuse_what_is_there(folder, asked["force"])

    from playbook.simulation.sample import sample, write_simulated
    from playbook.simulation.scenario import Scenario

    try:
        _list(write_simulated(sample(Scenario(**changes)), folder, broken=not asked["clean"]))
    except OSError as error:
        found = msg("cannot be written: {value}", value=reason(error))
        raise ArgumentError(Problem(str(folder), found, msg("a folder you may write to"))) from None
    return 0


def _scenario(asked: Asked) -> dict[str, Any]:
    """What differs from the sample's scenario."""
    changes = {name: asked[name] for name in ("seed", "clients", "months") if asked[name] is not None}
    if asked["until"]:
        changes["until"] = date.fromisoformat(asked["until"][:10])
    if asked["cases"]:
        changes["cases"] = _cases(asked["cases"])
    return changes


def _cases(given: Iterable[tuple[str, str]]) -> dict[str, int]:
    from playbook.simulation.scenario import SAMPLE_CASES

    known, problems, cases = list(SAMPLE_CASES), [], {}
    for book, number in given:
        if book not in known:
            problems.append(
                Problem(f"--cases {book}", msg("no such playbook"), ", ".join(known), did_you_mean(book, known))
            )
        elif not number.isdigit():
            problems.append(Problem(f"--cases {book}", msg("found '{number}'", number=number), msg("a whole number")))
        else:
            cases[book] = int(number)
    if problems:
        raise ArgumentError(problems)
    return cases


def _refuse_what_is_there(folder: Path, force: bool) -> None:
    there = sorted(folder.glob("*.csv")) if folder.is_dir() else [folder] if folder.exists() else []
    if there and not (force and folder.is_dir()):
        found = msg("is there already ({name})", name=there[0].name)
        raise ArgumentError(Problem(str(folder), found, msg("a new folder"), msg("--force writes over it")))


def drafts(asked: Asked) -> int:
    """A mail draft for each due action whose rule has a template: a file each, and the list as rows."""
    from playbook.commands.session import Session
    from playbook.show.drafts import draft_table, write_drafts

    session = Session(asked)
    actions = session.workspace.due(session.as_of, horizon=asked["horizon"])
    if not asked["all"]:
        actions = actions.filter(actions["status"].is_in(["overdue", "due_today", "due_soon"]))
    made = session.workspace.on(session.as_of).drafts(actions, lang=session.lang)
    folder = asked["out"] or Path("drafts")
    try:
        write_drafts(made, folder)
    except OSError as error:
        found = msg("cannot be written: {value}", value=reason(error))
        raise ArgumentError(Problem(f"--out {folder}", found, msg("a folder you may write to"))) from None
    gaps = sum(bool(draft.missing) for draft in made)
    session.tell(
        msg(
            "{len} drafts written to {folder} ({gaps} with something missing); nothing was sent",
            len=len(made),
            folder=folder,
            gaps=gaps,
        )
    )
    return session.answer(draft_table(made))


def import_(asked: Asked) -> int:
    """Exports into a workspace, with a report of everything that was decided; or a mapping proposed for them."""
    files = [Path(name) for name in asked["FILE"]]
    lang: Lang = asked["lang"] or "ja"
    _refuse_incomplete(asked, files)
    return _guessed(asked, files, lang) if asked["guess"] else _imported(asked, files, lang)


def _imported(asked: Asked, files: list[Path], lang: Lang) -> int:
    from playbook.commands.starter import furnish
    from playbook.importing import goal_form, import_files, mapping_from, read_mapping, write_workspace
    from playbook.importing.report import changes_lines

    to, place = asked["output"], asked["map"] or _kept_mapping(asked)
    mapping = read_mapping(place) if place else None
    proposed: Proposed | None = None
    if asked["ask"] or asked["answers"]:
        proposed = _proposed(asked, files, lang)
        mapping = mapping_from(tomli.loads(proposed.mapping), "mapping.toml")
    taken = _taken(asked)
    kept = place is not None and not asked["map"]
    imported = import_files(files, mapping, taken=taken, new_words=kept)
    report, refused = imported.report, imported.quarantine.height
    if not asked["dry_run"]:
        begins = not (to / "events.csv").exists()
        how = {"merge": not asked["replace"], "backlog": asked["backlog"], "complete": asked["complete"]}
        report = write_workspace(imported, to, lang=lang, taken=taken, **how)
        if proposed is not None:
            proposed.write(to / "import", lang)
        elif asked["map"]:
            given = Path(asked["map"]).read_bytes()
            moved_into(to / "import" / "mapping.toml", lambda beside: beside.write_bytes(given))
        furnish(to, lang, taken.date() if begins else None)
    print(report.say(lang), end="")
    for line in changes_lines(report, lang):
        say(line.removeprefix("- "))
    say(msg("rows that could not be used: {refused}", refused=refused).say(lang))
    others = report.tables.filter(report.tables["table"].is_in(["milestones", "voices"]))["accepted"]
    goals = set(report.files["kind"]) <= set(goal_form.MAPPINGS)  # a form about a case that is there
    if not sum(report.tables.filter(table="events")["accepted"]) and not sum(others) and not goals:
        nothing = msg(
            "not a single event was made: say in the mapping which column is which date, or answer with --ask"
        )
        say(nothing.say(lang), "red")
        return 1
    if not asked["dry_run"]:
        then = f"playbook check --workspace {to}"
        say(msg("next: {then}", then=then).say(lang))
    borne = asked["max_quarantine"]
    return 1 if borne is not None and refused > borne else 0


def _kept_mapping(asked: Asked) -> Path | None:
    """The mapping by which the workspace was imported before, where no other is given."""
    if asked["ask"] or asked["answers"] or asked["output"] is None:
        return None
    kept: Path = asked["output"] / "import" / "mapping.toml"
    return kept if kept.is_file() else None


def _taken(asked: Asked) -> datetime:
    """When the export was taken: as told, else now; a day stands for its end."""
    zone, told = ZoneInfo("Asia/Tokyo"), asked["taken"]
    if told is None:
        return datetime.now(zone).replace(microsecond=0)
    if isinstance(told, datetime):
        return told if told.tzinfo else told.replace(tzinfo=zone)
    return datetime.combine(date.fromisoformat(str(told)), time(23, 59, 59), zone)


@dataclass(frozen=True)
class Proposed:
    """A mapping that was proposed and asked about, and the questions with their answers."""

    mapping: str
    questions: Sequence[ImportQuestion]
    answers: Mapping[str, str]

    def write(self, folder: Path, lang: Lang) -> None:
        """Keep both beside the workspace's tables; what is still open is a sheet to fill in."""
        from playbook.importing.asking import SHEET, questions_book

        moved_into(folder / "mapping.toml", lambda beside: beside.write_text(self.mapping, "utf-8", newline="\n"))
        still = [one for one in self.questions if one.key not in self.answers]
        if not still:
            return
        path = folder / f"{SHEET.say(lang)}.xlsx"
        content = questions_book(still, self.answers, lang)
        moved_into(path, lambda beside: beside.write_bytes(content))
        ja = f"分からないことが{len(still)}件あり、使っていません: {path} に答えを選んで --answers で渡してください"
        en = f"{len(still)} questions are open, what they are about is not used: answer in {path}, give it to --answers"
        say(Text(ja, en).say(lang), "yellow")


def _proposed(asked: Asked, files: list[Path], lang: Lang) -> Proposed:
    from playbook.commands.asking import asked_about
    from playbook.importing.asking import read_answers

    given = read_answers(asked["answers"]) if asked["answers"] else {}
    inside = [sorted(one for one in file.iterdir() if one.is_file()) if file.is_dir() else [file] for file in files]
    guess, answers = asked_about(
        [one for some in inside for one in some], lang, given, sys.stdin if asked["ask"] else None
    )
    return Proposed(guess.mapping_toml.say(lang), guess.questions, answers)


def _guessed(asked: Asked, files: list[Path], lang: Lang) -> int:
    """Propose a mapping, for a person to check: on standard output, or in the file that is named."""
    from playbook.importing import guess_mapping

    inside = [sorted(one for one in file.iterdir() if one.is_file()) if file.is_dir() else [file] for file in files]
    guess = guess_mapping([one for some in inside for one in some])
    toml = guess.mapping_toml.say(lang)
    to: Path | None = asked["map"]
    if to is None:
        print(toml, end="")
    else:
        moved_into(to, lambda beside: beside.write_text(toml, encoding="utf-8", newline="\n"))
    for file, column, becomes, sure, *why in guess.reasons.rows():
        mark = "" if sure else msg(" (please check)").say(lang)
        say(f"{file} / {column} → {becomes}{mark}: {Text(*why).say(lang)}")
    return 0


def _refuse_incomplete(asked: Asked, files: list[Path]) -> None:
    problems = [Problem(str(file), msg("there is no such file or folder")) for file in files if not file.exists()]
    to = asked["map"]
    if not files:
        problems.append(Problem("playbook import", msg("no file is named"), msg("files or folders to import")))
    if not (asked["output"] or asked["dry_run"] or asked["guess"]):
        problems.append(
            Problem("--output", msg("is missing"), msg("the workspace to write to, or --dry-run, or --guess"))
        )
    if asked["guess"] and to and to.exists():
        problems.append(Problem(f"--map {to}", msg("is there already"), msg("a new file; nothing is overwritten")))
    if asked["map"] and (asked["ask"] or asked["answers"]):
        problems.append(Problem("--map", msg("does not go with --ask or --answers"), msg("one of them")))
    if asked["guess"] and asked["output"]:
        problems.append(Problem("--guess", msg("imports nothing: it does not go with --output"), "--map FILE"))
    if problems:
        raise ArgumentError(problems)


def _list(paths: Iterable[Path]) -> None:
    for path in paths:
        print(path)
