"""Which columns of a list say who and what a row is about: its id, the person, the company, the job, the owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playbook.importing.guess.looks import ROWS_LOOKED_AT, Look, is_unique, repeated
from playbook.importing.guess.proposal import AnswerChoice, Asker, ColumnGuess
from playbook.importing.raw import Raw
from playbook.importing.vocabulary.headers import ends_like_an_id, is_id_of_another
from playbook.importing.vocabulary.words import rank
from playbook.words.catalogue import msg
from playbook.words.folding import fold_key
from playbook.words.text import Text

OF_CASES = ("subject", "client_id", "opening_id", "position")
PLAIN = ("channel", "note")
_OTHERS = ("reason", "person", "channel", "note")


@dataclass(frozen=True)
class CaseParts:
    """`by`: for each part of a case the column that is it. `id`: the column of ids, or those that an id is made of.
    `lines`: what is said about these columns. `names`: the columns of a name that stands in two, in their order."""

    by: Mapping[str, str]
    id: tuple[str, ...]
    made: bool
    lines: tuple[ColumnGuess, ...]
    names: tuple[str, ...] = ()


def parts_of(raw: Raw, looks: Sequence[Look], asker: Asker) -> CaseParts:
    """The parts of a case among the columns of a list."""
    id_line = _id(raw, looks)
    taken = {id_line.column} if id_line else set()
    by: dict[str, str] = {}
    lines = [id_line] if id_line else []
    for becomes in (*OF_CASES, *_OTHERS):
        found = _best(becomes, [one for one in looks if one.name not in taken], raw)
        if found is not None:
            by[becomes] = found.name
            taken.add(found.name)
            lines.append(_by_header(found, becomes))
    names = _two_names(looks) if "subject" not in by else ()
    if names:
        by["subject"] = names[0].name
        lines += [_by_header(one, "subject") for one in names]
    both = tuple(one.name for one in names)
    code = _code_of_people(raw, looks, by)
    if id_line is not None and (id_line.sure or not code):
        return CaseParts(by, (id_line.column,), False, tuple(lines), both)
    if code:
        lines = [line for line in lines if line is not id_line]
    made, line = _made_id(raw, looks, {**by, "subject": code} if code else by, asker, coded=bool(code))
    return CaseParts(by, made if code else tuple(dict.fromkeys((*both, *made))), True, (*lines, line), both)


def _code_of_people(raw: Raw, looks: Sequence[Look], by: Mapping[str, str]) -> str:
    """A code that stands once a person and again for each company or job they are put to; "" where none does.

    Rows of one code agree in the name, and differ in what they are about: else one of them is a row too many.
    """
    about = [by[key] for key in ("client_id", "opening_id", "position") if key in by]
    if "subject" not in by or not about:
        return ""
    records = min(raw.records, ROWS_LOOKED_AT)
    headed = [one for one in looks if one.filled == records and not one.line and rank("case_id", one.name) is not None]
    for one in sorted(headed, key=_id_rank):
        again = repeated([one.name], raw)
        if again and again == repeated([one.name, by["subject"]], raw) and not repeated([one.name, *about], raw):
            return one.name
    return ""


_FAMILY, _GIVEN = (
    ("姓", "氏", "苗字", "lastname", "familyname", "surname"),
    ("名", "下の名前", "firstname", "givenname"),
)


def _two_names(looks: Sequence[Look]) -> tuple[Look, ...]:
    """The two columns of a name that stands in two, in the order in which they stand."""
    filled = [one for one in looks if one.filled and not one.dated and not one.line]
    found = [
        next((one for one in filled if fold_key(one.name).replace("_", "") in words), None)
        for words in (_FAMILY, _GIVEN)
    ]
    both = [one for one in found if one is not None]
    return tuple(sorted(both, key=looks.index)) if len(both) == len(found) else ()


def _by_header(look: Look, becomes: str) -> ColumnGuess:
    n, kinds = look.filled, look.distinct
    return ColumnGuess(look.name, becomes, msg("by its header ({n} cells, {kinds} different)", n=n, kinds=kinds))


def _best(becomes: str, looks: Sequence[Look], raw: Raw) -> Look | None:
    """The column whose header is the surest word for something."""
    fitting = [
        (n, place, one)
        for place, one in enumerate(looks)
        if one.filled and not one.dated and (n := rank(becomes, one.name)) is not None and _may_be(becomes, one, raw)
    ]
    return min(fitting, key=lambda found: found[:2])[2] if fitting else None


def _may_be(becomes: str, look: Look, raw: Raw) -> bool:
    """Whether a column can be it by its values: a name that is the same in all rows of many tells nobody apart."""
    return becomes != "subject" or look.distinct > 1 or raw.records <= 1


# The id


def _id(raw: Raw, looks: Sequence[Look]) -> ColumnGuess | None:
    """The column that tells records apart: filled, all different, and headed as an id."""
    named = [one for one in looks if one.filled and not one.line and _is_headed_as_id(one)]
    ranked = sorted(named, key=lambda one: (_id_rank(one), looks.index(one)))
    for one in ranked:
        if is_unique(one, raw):
            why = msg("filled in all {filled} rows, and different in each", filled=one.filled)
            return ColumnGuess(one.name, "case_id", _counted(why, one))
    records = min(raw.records, ROWS_LOOKED_AT)
    for one in ranked:
        again = one.filled - one.distinct
        if rank("case_id", one.name) is not None and one.filled == records and 0 < again <= max(2, records // 50):
            why = msg(
                "a column of ids, but {again} of its values stand there before; those rows are not used", again=again
            )
            return ColumnGuess(one.name, "case_id", why, sure=False)
    return None


def _counted(why: Text, look: Look) -> Text:
    """With a warning where the id may be no more than the number of the line."""
    if look.examples[:3] != ("1", "2", "3"):
        return why
    return msg("{why}; it looks like a number of lines: check that a person keeps it when the list is sorted", why=why)


def _is_headed_as_id(look: Look) -> bool:
    return rank("case_id", look.name) is not None or (ends_like_an_id(look.name) and not is_id_of_another(look.name))


def _id_rank(look: Look) -> int:
    found = rank("case_id", look.name)
    return found if found is not None else 40


def _made_id(
    raw: Raw, looks: Sequence[Look], by: Mapping[str, str], asker: Asker, *, coded: bool = False
) -> tuple[tuple[str, ...], ColumnGuess]:
    """The columns of which an id is made: a person, and as much as it takes to tell the rows apart."""
    person = by.get("subject")
    if person is None:
        return _asked_id(raw, looks, asker)
    stable = [by[key] for key in ("client_id", "opening_id", "position") if key in by]
    applied = [one.name for one in looks if one.header.noun == "applied" and one.dated and not one.header.says]
    names = [person, *stable]
    if repeated(names, raw):
        names += applied[:1]
    ways = [tuple(names), *([(*names, applied[0])] if applied and applied[0] not in names else [])]
    told = tuple(names) if coded else _made_of(ways, looks, raw, asker)
    names = list(told or names)
    again = repeated(names, raw)
    why = msg("there is no column of ids, so one is made of these")
    if again:
        why = msg("{why}; {again} rows cannot be told from a row above", why=why, again=again)
    sure = told is not None
    return tuple(names), ColumnGuess(" + ".join(names), "case_id: made", why, sure=sure and not again)


def _made_of(ways: Sequence[tuple[str, ...]], looks: Sequence[Look], raw: Raw, asker: Asker) -> tuple[str, ...] | None:
    """Of what an id is made, as a person says: two of one name may be one person, and a code may stand elsewhere."""
    plain = [one for one in looks if one.filled and not one.dated and not one.line and not one.long]
    codes = [(one.name,) for one in plain if (one.name,) not in ways and is_unique(one, raw)][:4]
    offered = {" + ".join(one): one for one in (*ways, *codes)}
    question = msg("there is no column of ids: what tells one application from another, next week as well")
    why = msg("where a name or another of these is corrected later, it becomes another application")
    choices = [AnswerChoice(one, Text(one, one)) for one in offered]
    answer = asker.decide("case_id", question, why, choices, choices[0].id, raw.records)
    return None if answer is None else offered[answer]


def _asked_id(raw: Raw, looks: Sequence[Look], asker: Asker) -> tuple[tuple[str, ...], ColumnGuess]:
    """Without a person's column an id would hang on what moves: a person has to say what tells the rows apart."""
    plain = [one for one in looks if one.filled and not one.dated and not one.line]
    unique = [one for one in plain if is_unique(one, raw)]
    offered = (unique or sorted(plain, key=lambda one: -one.distinct))[:6] or list(looks[:1])
    question = msg("there is neither a column of names nor one of ids; which column tells the people apart")
    choices = [AnswerChoice(one.name, Text(one.name, one.name)) for one in offered]
    answer = asker.decide("case_id", question, Text("", ""), choices, offered[0].name, raw.records)
    chosen = answer or offered[0].name
    return (chosen,), ColumnGuess(
        chosen, "case_id", msg("{question}; please check", question=question), sure=answer is not None
    )
