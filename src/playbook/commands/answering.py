"""`playbook answer`: what was done, put off or not needed, said of due actions by a filled list or by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, get_args
from zoneinfo import ZoneInfo

from playbook.commands.arguments import Asked
from playbook.commands.session import Session
from playbook.commands.terminal import say
from playbook.rules.nouns import Side
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, PlaybookError, Problem, WorkspaceError, did_you_mean
from playbook.words.text import Lang

if TYPE_CHECKING:
    from playbook.importing.answered import Answered

_ANSWERS = ("not_needed", "later", "reopened")


def answer(asked: Asked) -> int:
    """Filled lists, or one answer by hand, into the tables of a workspace; what was not understood is told."""
    from playbook.importing.answered import write_answers

    words: tuple[str, ...] = tuple(asked["WHAT"])
    folder = _folder(asked)
    session = Session(asked)
    taken = _taken(asked, session.workspace.zone)
    by_hand = bool(words) and not words[0].lower().endswith((".xlsx", ".xlsm", ".xls", ".ods"))
    found = _said(session, words, taken) if by_hand else _lists(session, [Path(word) for word in words], taken)
    tell(found, *write_answers(found, folder), session.lang)
    return 1 if found.refused.height else 0


def tell(found: Answered, events: int, answers: int, lang: Lang) -> None:
    """What was read, and each row that could not be, on standard error."""
    for row in found.refused.iter_rows(named=True):
        number, column, value = row["row"], row["column"], row["value"]
        line = msg("row {number} '{column}' {value}", number=number, column=column, value=value)
        say(f"{row['place']}: {line.say(lang)}: {row[lang]}")
    known, refused = found.events.height + found.answers.height - events - answers, found.refused.height
    done = msg(
        "recorded: {events} events, {answers} answers ({known} known already, {refused} rows not understood)",
        events=events,
        answers=answers,
        known=known,
        refused=refused,
    )
    say(done.say(lang))


def take_in_lists(session: Session) -> None:
    """Read the filled lists that wait in the workspace's folder `answers/`, before anything is made of it.

    Each is as of when it was saved. A list that cannot be read is told, and keeps nobody from the reports.
    """
    from playbook.importing.answered import Answered, lists_in, read_list, write_answers

    folder = Path(session.place)
    lists = lists_in(folder)
    if not lists:
        return
    zone, found = session.workspace.zone, Answered()
    for path in lists:
        taken = datetime.fromtimestamp(path.stat().st_mtime, zone).replace(microsecond=0)
        try:
            found = found.and_(read_list(path, session.workspace.judged(taken), taken))
        except PlaybookError as error:
            for problem in error.problems:
                say(problem.say(session.lang))
    try:
        tell(found, *write_answers(found, folder), session.lang)
    except WorkspaceError as error:
        for problem in error.problems:
            say(problem.say(session.lang))
    session.__dict__.pop("workspace", None)  # it is read anew, with what was answered


def _folder(asked: Asked) -> Path:
    """The workspace to write into: a folder, and never the sample by mistake."""
    given = asked["workspace"]
    if given is None:
        wanted = msg("the folder of your workspace; the sample is left as it is")
        raise ArgumentError(Problem("--workspace", msg("is missing"), wanted))
    if not Path(given).is_dir():
        raise ArgumentError(
            Problem(f"--workspace {given}", msg("is no folder"), msg("a folder of tables that can be added to"))
        )
    return Path(given)


def _taken(asked: Asked, zone: ZoneInfo) -> datetime:
    """When it was said: as told, else now."""
    told = asked["taken"]
    if told is None:
        return datetime.now(zone)
    moment = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _lists(session: Session, paths: list[Path], taken: datetime) -> Answered:
    from playbook.importing.answered import Answered, read_list

    judged = session.workspace.judged(taken)
    found = Answered()
    for path in paths:
        found = found.and_(read_list(path, judged, taken))
    return found


def _said(session: Session, words: tuple[str, ...], taken: datetime) -> Answered:
    from playbook.importing.answered import answer_given

    if len(words) != 3:
        wanted = msg("CASE RULE ANSWER, or a list in Excel")
        raise ArgumentError(Problem("playbook answer", msg("found {n} words", n=len(words)), wanted))
    case, rule, word = words
    asked = session.asked
    until, side = asked["until"], asked["waiting_on"] or ""
    sides, problems = get_args(Side), []
    if word not in _ANSWERS:
        problems.append(
            Problem("ANSWER", msg("found '{word}'", word=word), ", ".join(_ANSWERS), did_you_mean(word, _ANSWERS))
        )
    if side and side not in sides:
        problems.append(
            Problem("--waiting-on", msg("found '{side}'", side=side), ", ".join(sides), did_you_mean(side, sides))
        )
    if word == "later" and until is None:
        problems.append(Problem("--until", msg("is missing"), msg("the day until which it is put off")))
    if problems:
        raise ArgumentError(problems)
    given = {
        "answer": word, "until": str(until)[:10] if until is not None else "", "waiting_on": side,
        "trigger_at": asked["trigger_at"] or "", "by": asked["by"] or "", "note": asked["note"] or "",
    }  # fmt: skip
    filled = {name: value for name, value in given.items() if value}
    return answer_given(session.workspace.judged(taken), case, rule, filled, taken)
