"""Tables that are not of applicants: goals of placements, and notes of meetings with both sides."""

from __future__ import annotations

from collections.abc import Sequence

from playbook.importing.guess.looks import Look, look_at_all
from playbook.importing.guess.parts import parts_of
from playbook.importing.guess.proposal import Asker, ColumnGuess
from playbook.importing.guess.toml import Line, quoted, reasoned, remarked
from playbook.importing.raw import Raw
from playbook.importing.vocabulary.words import spaced
from playbook.words.catalogue import msg

_GOALS = {
    "milestone": ("目標", "マイルストーン", "milestone", "goal", "objective"),
    "starts_on": ("開始", "start"),
    "due_on": ("期限", "期日", "締切", "due", "deadline", "到達"),
    "achieved_on": ("達成日", "完了日", "achieved"),
    "status": ("達成状況", "状況", "進捗", "status"),
    "evidence": ("根拠", "evidence"),
    "note": ("備考", "メモ", "note", "コメント"),
}
_NOTES = {
    "held_on": ("面談日", "実施日", "日付", "日時", "date", "held"),
    "topic": ("議題", "テーマ", "topic", "subject", "件名", "種別"),
    "note": ("面談内容", "話した内容", "内容", "所感", "議事録", "発言", "ヒアリング", "声", "note", "memo", "メモ"),
}
_TABLES = {"goals": ("milestones", _GOALS), "notes_of_meetings": ("voices", _NOTES)}
_SAID = {
    "goals": msg("a table of goals, not of applicants"),
    "notes_of_meetings": msg("notes of meetings, not a list of applicants"),
}


def propose_other(raw: Raw, kind: str, asker: Asker) -> tuple[list[Line], list[ColumnGuess]]:
    """The lines of a table of goals or of notes of meetings: all of it in doubt, none of it an application."""
    looks = look_at_all(raw)
    table, words = _TABLES[kind]
    why = _SAID[kind]
    parts = parts_of(raw, looks, asker)
    found = _columns(looks, words)
    needed = "milestone" if table == "milestones" else "held_on"
    lines: list[Line] = [remarked(why), "", f"[source.{table}]", f"case_id = {_case(parts.id)}"]
    if table == "voices":
        side = msg("company for the company's voice, hire for the hire's")
        lines.append(reasoned('side = { always = "hire" }', side))
    lines += [f"{name} = {quoted(column)}" for name, column in found.items()]
    if needed not in found:
        lines.append(f"{needed} = {quoted(looks[0].name)}")
    told = [ColumnGuess(column, f"{table}.{name}", why, sure=False) for name, column in found.items()]
    named = {line.column for line in told}
    rest = [
        ColumnGuess(
            one.name,
            "",
            msg("not used ({filled} cells, such as {shown})", filled=one.filled, shown=one.shown),
            sure=False,
        )
        for one in looks
        if one.name not in named
    ]
    lines += ["", *(remarked(line.column, ": ", line.why) for line in rest)] if rest else []
    return lines, [*told, *rest]


def _case(columns: Sequence[str]) -> str:
    return quoted(columns[0]) if len(columns) == 1 else "{ made_of = [" + ", ".join(map(quoted, columns)) + "] }"


def _columns(looks: Sequence[Look], words: dict[str, tuple[str, ...]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, said in words.items():
        for look in looks:
            days = name.endswith("_on")
            if look.name in found.values() or (days and not look.dated) or (not days and look.dated):
                continue
            if look.filled and any(word in spaced(look.name) for word in said):
                found[name] = look.name
                break
    return found
