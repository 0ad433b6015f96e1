"""The grammar of a rule book as data (DESIGN section 3): which tables, which keys, what each may hold.

`rulefile` reads and complains by it, `schema` turns it into a JSON Schema; nothing else says what a file may contain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeAlias, assert_never, get_args

from playbook.rules.nouns import Basis, CalendarName, OutcomeKind, Roll, Scope, Side
from playbook.rules.offset import Unit
from playbook.words.catalogue import either, listed, msg
from playbook.words.problem import Said
from playbook.words.text import Text

MIDPOINT = "midpoint"
_NOT_EMPTY = msg("a text that is not empty")


@dataclass(frozen=True, slots=True)
class Word:
    """A text that is not blank; one that must look a certain way says so."""

    pattern: str = r"\S"
    allowed: Said = _NOT_EMPTY


@dataclass(frozen=True, slots=True)
class ChoiceValue:
    """One of a few words."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number."""


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Opening:
    """From when to when an office is open."""

    pattern: ClassVar[str] = r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"


@dataclass(frozen=True, slots=True)
class Label:
    """One thing said in Japanese and in English; a draft is also a Jinja template."""

    draft: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """An offset; one may count backwards only where that is said."""

    units: tuple[Unit, ...] = tuple(Unit)
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class DueValue:
    """One offset, several for a series, or the midpoint."""

    of: Span = Span(backwards=True)


@dataclass(frozen=True, slots=True)
class Name:
    """The id of something that the same file defines."""

    of: tuple[str, ...]
    pattern: ClassVar[str] = r"\S"


@dataclass(frozen=True, slots=True)
class ConditionValue:
    """Columns and the values that they must hold."""


@dataclass(frozen=True, slots=True)
class Many:
    """A list that is not empty and repeats nothing; where `alone`, one entry may also stand without a list."""

    of: Word | Name | GrammarTable
    alone: bool = False


@dataclass(frozen=True, slots=True)
class One:
    """A single table within another."""

    of: GrammarTable


ValueKind: TypeAlias = (
    Word | ChoiceValue | Number | Flag | Opening | Label | Span | DueValue | Name | ConditionValue | Many | One
)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table."""

    name: str
    kind: ValueKind
    about: Text
    required: bool = False


@dataclass(frozen=True, slots=True)
class GrammarTable:
    """One table of a rule book, or the entries of a list within one."""

    name: str
    about: Text
    keys: tuple[Key, ...]
    single: bool = False

    @property
    def heading(self) -> str:
        """The table as a file writes it.

        >>> TABLES["playbook"].heading, TABLES["rule"].heading
        ('[playbook]', '[[rule]]')
        """
        return f"[{self.name}]" if self.single else f"[[{self.name}]]"

    def __iter__(self) -> Iterator[Key]:
        return iter(self.keys)

    def key(self, name: str) -> Key | None:
        """The key of this name, if the table knows it."""
        return next((key for key in self.keys if key.name == name), None)


def allowed(kind: ValueKind | GrammarTable) -> Said:
    """What a kind allows, in words.

    >>> allowed(Many(Name(("activity", "date")))).say("en")
    'a list, each an id of [[activity]] or [[date]]'
    """
    match kind:
        case Word():
            return kind.allowed
        case ChoiceValue():
            return msg("one of {words}", words=listed(f"'{word}'" for word in kind.words))
        case Number():
            return msg("a finite number, such as 0.11")
        case Flag():
            return "true or false"
        case Opening():
            return msg("hours of a day, such as '09:00-18:00', at least one")
        case Label():
            return msg('{ ja = "...", en = "..." }, neither of them empty')
        case Span():
            return _span(kind)
        case DueValue():
            return msg("{span}; or a list of them; or '{word}'", span=_span(kind.of), word=MIDPOINT)
        case Name():
            return msg("an id of {tables}", tables=either(f"[[{table}]]" for table in kind.of))
        case ConditionValue():
            return msg(
                '{ column = "value" } or { column = ["one", "another"] }; values are texts, whole numbers, true, false'
            )
        case Many(alone=True):
            return msg("{allowed}; or a list of them", allowed=allowed(kind.of))
        case Many():
            return msg("a list, each {allowed}", allowed=allowed(kind.of))
        case One():
            return allowed(kind.of)
        case GrammarTable():
            required = ", ".join(key.name for key in kind if key.required)
            return msg("a table with the keys {required}", required=required)
        case _:
            assert_never(kind)


_EXAMPLES = {
    Unit.SAME_DAY: "'same day'",
    Unit.HOUR: "'48 hours'",
    Unit.DAY: "'7 days'",
    Unit.WEEK: "'2 weeks'",
    Unit.MONTH: "'3 months'",
    Unit.BUSINESS_DAY: "'1 business day'",
    Unit.BUSINESS_HOUR: "'4 business hours'",
}


def _span(span: Span) -> Text:
    examples = [_EXAMPLES[unit] for unit in span.units] + ["'-14 days', '-0 days'"] * span.backwards
    said = msg("an offset such as {examples}", examples=", ".join(examples))
    return said if span.backwards else msg("{said}, counted forwards", said=said)


_ID = Word(r"^\S(.*\S)?$", msg("a text that is not empty, on one line, without a space at either end"))
_FACT = Word(r"^[A-Z]+-[0-9]+$", msg("a fact id such as 'J-14'"))
_ACTIVITY = Name(("activity",))
_ROLE = Name(("role",))


_NAME = Key("name", Label(), msg("the label; the id where there is none"))
_FACTS = Key("fact", Many(_FACT), msg("ids of the facts it comes from"))
_LAWS = Key(
    "law",
    Many(Word()),
    msg("the paragraphs of law that it comes from"),
)
_SOURCES = (_FACTS, _LAWS)
_WHEN = Key(
    "when",
    ConditionValue(),
    msg("further conditions on columns of the event, else the case, else its opening; all must hold"),
)
_BASIS = Key(
    "basis",
    ChoiceValue(get_args(Basis)),
    msg("stated by the source, recommended by it, or ours"),
)
JA = Key("ja", Word(), msg("in Japanese"), required=True)
EN = Key("en", Word(), msg("in English"), required=True)

BOTH_LANGUAGES = GrammarTable("label", msg("one thing said in two languages"), (JA, EN))
DUTY = GrammarTable(
    "duty",
    msg("what a role does in one phase"),
    (Key("phase", Word(), msg("the phase"), required=True), JA, EN, *_SOURCES),
)
ESCALATION = GrammarTable(
    "escalation",
    msg("who takes over once an action is overdue"),
    (
        Key("after", Span(), msg("how long after the due"), required=True),
        Key("to", _ROLE, msg("the role that takes over"), required=True),
    ),
)
PAUSE = GrammarTable(
    "pause",
    msg("a stretch in which the clock stands still"),
    (
        Key("after", Many(_ACTIVITY), msg("the activities that stop it"), required=True),
        Key("until", Many(_ACTIVITY), msg("the activities that let it go on"), required=True),
    ),
)
FIELD = GrammarTable(
    "field",
    msg("one item of a checklist"),
    (Key("id", _ID, msg("a column of the event or the case"), required=True), JA, EN, *_SOURCES),
)

PLAYBOOK = GrammarTable(
    "playbook",
    msg("the rule book itself"),
    (
        Key("id", _ID, msg("the id that cases name in their column playbook"), required=True),
        _NAME,
        Key("source", Word(), msg("the document it comes from")),
        Key(
            "calendar",
            ChoiceValue(get_args(CalendarName)),
            msg("the calendar of business days; jp-bank also closes 12/31 and 1/2 to 1/3"),
        ),
        Key(
            "hours",
            Opening(),
            msg("the business hours of a business day; 09:00-18:00 unless given"),
        ),
        *_SOURCES,
    ),
    single=True,
)
ACTIVITY = GrammarTable(
    "activity",
    msg("what can happen to a case"),
    (
        Key("id", _ID, msg("the id that events name in their column activity"), required=True),
        _NAME,
        Key(
            "passes_to",
            ChoiceValue(get_args(Side)),
            msg("on which side the next move lies after it"),
        ),
        *_SOURCES,
    ),
)
DATE = GrammarTable(
    "date",
    msg("a planned date that can start a clock"),
    (Key("id", _ID, msg("a column of the case or its opening"), required=True), _NAME, *_SOURCES),
)
STAGE = GrammarTable(
    "stage",
    msg("a step of the funnel; steps come in the order of the file"),
    (
        Key("id", _ID, msg("the id of the stage"), required=True),
        _NAME,
        Key(
            "entered_by",
            Many(_ACTIVITY),
            msg("the activities that enter it"),
            required=True,
        ),
        *_SOURCES,
    ),
)
OUTCOME = GrammarTable(
    "outcome",
    msg("a way in which a case ends"),
    (
        Key("id", _ID, msg("the id of the outcome"), required=True),
        _NAME,
        Key(
            "kind",
            ChoiceValue(get_args(OutcomeKind)),
            msg("won, rejected by the client, declined by the candidate, lapsed by the clock, or over by unknown whom"),
            required=True,
        ),
        Key(
            "by",
            Many(_ACTIVITY),
            msg("the activities that end a case so"),
            required=True,
        ),
        _WHEN,
        *_SOURCES,
    ),
)
ROLE = GrammarTable(
    "role",
    msg("a duty that people hold"),
    (
        Key("id", _ID, msg("the id that assignments name in their column role"), required=True),
        _NAME,
        Key(
            "side",
            ChoiceValue(get_args(Side)),
            msg("on whose side; client unless given"),
        ),
        Key(
            "falls_to",
            _ROLE,
            msg("the role that acts when nobody is assigned"),
        ),
        Key("duties", Many(DUTY), msg("what the role does, phase by phase")),
        *_SOURCES,
    ),
)
RULE = GrammarTable(
    "rule",
    msg("after X, role R owes Y by D, or else Z"),
    (
        Key("id", _ID, msg("the id of the rule"), required=True),
        _NAME,
        Key(
            "after",
            Many(Name(("activity", "date"))),
            msg("activities or planned dates that start the clock"),
            required=True,
        ),
        _WHEN,
        Key("wait", Span(), msg("not to be done before")),
        Key(
            "due",
            DueValue(),
            msg("the due; a list is a series, midpoint is halfway to a planned date"),
            required=True,
        ),
        Key(
            "toward",
            Name(("date",)),
            msg("with midpoint: the planned date it is halfway to"),
        ),
        Key(
            "gap",
            Span((Unit.DAY, Unit.WEEK)),
            msg("with midpoint: owed only where the planned date is more than this away"),
        ),
        Key("until", Many(_ACTIVITY), msg("the activities that fulfil it"), required=True),
        Key("unless", Many(_ACTIVITY), msg("the activities that make it void")),
        Key("role", _ROLE, msg("the role that owes it"), required=True),
        Key(
            "channel",
            Many(Word(), alone=True),
            msg("the channel; of several, any will do"),
        ),
        Key("pause", One(PAUSE), msg("the clock stands still meanwhile")),
        Key(
            "roll",
            ChoiceValue(get_args(Roll)),
            msg("a day that falls on a closed day becomes the next business day, or the previous one"),
        ),
        Key(
            "key",
            Word(),
            msg("events answer each other by this column: one answer a promise"),
        ),
        Key("template", Name(("template",)), msg("the draft to use")),
        Key(
            "escalate",
            Many(ESCALATION),
            msg("who takes over, counted from the due"),
        ),
        Key(
            "record",
            _ACTIVITY,
            msg("the activity the clock itself records when the rule is breached"),
        ),
        *_SOURCES,
        _BASIS,
    ),
)
PRECEDENCE = GrammarTable(
    "precedence",
    msg("an activity that needs others before it"),
    (
        Key("id", _ID, msg("the id of the precedence"), required=True),
        _NAME,
        Key("activity", _ACTIVITY, msg("the activity that comes later"), required=True),
        Key(
            "requires",
            Many(_ACTIVITY),
            msg("the activities needed before it, all of them"),
            required=True,
        ),
        _WHEN,
        Key(
            "scope",
            ChoiceValue(get_args(Scope)),
            msg("with client, those of another case of the client will do; case unless given"),
        ),
        Key(
            "within",
            Span((Unit.DAY, Unit.WEEK, Unit.MONTH)),
            msg("what lies longer ago will not do"),
        ),
        Key(
            "fresh",
            Flag(),
            msg("anew each time: only what came after the case's previous event of the activity"),
        ),
        *_SOURCES,
        _BASIS,
    ),
)
PARTICIPATION = GrammarTable(
    "participation",
    msg("an activity in which one of some roles must have taken part"),
    (
        Key("id", _ID, msg("the id of the participation"), required=True),
        _NAME,
        Key("activity", _ACTIVITY, msg("the activity"), required=True),
        Key("roles", Many(_ROLE), msg("one of these takes part"), required=True),
        _WHEN,
        *_SOURCES,
        _BASIS,
    ),
)
CHECKLIST = GrammarTable(
    "checklist",
    msg("what must be filled in on a case by the time of an activity"),
    (
        Key("id", _ID, msg("the id of the checklist"), required=True),
        _NAME,
        Key("at", _ACTIVITY, msg("the activity at which it is checked"), required=True),
        Key("fields", Many(FIELD), msg("the items"), required=True),
        _WHEN,
        Key("role", _ROLE, msg("the role that fills it in")),
        *_SOURCES,
        _BASIS,
    ),
)
TEMPLATE = GrammarTable(
    "template",
    msg("a draft, in Jinja, over the case, the event and the people"),
    (
        Key("id", _ID, msg("the id of the template"), required=True),
        _NAME,
        Key("channel", Word(), msg("the channel"), required=True),
        Key("subject", Label(draft=True), msg("the subject line")),
        Key("body", Label(draft=True), msg("the body"), required=True),
        *_SOURCES,
    ),
)
BENCHMARK = GrammarTable(
    "benchmark",
    msg("a figure from outside to hold one's own against"),
    (
        Key("id", _ID, msg("the id of the benchmark"), required=True),
        _NAME,
        Key(
            "value",
            Number(),
            msg("the value; a share as 0.11"),
            required=True,
        ),
        *_SOURCES,
    ),
)

TABLES: dict[str, GrammarTable] = {
    table.name: table
    for table in (
        PLAYBOOK,
        ACTIVITY,
        DATE,
        STAGE,
        OUTCOME,
        ROLE,
        RULE,
        PRECEDENCE,
        PARTICIPATION,
        CHECKLIST,
        TEMPLATE,
        BENCHMARK,
    )
}
ENTRIES = (DUTY, ESCALATION, PAUSE, FIELD)
