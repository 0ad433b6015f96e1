"""The grammar of a rule book as data (DESIGN section 3): which tables, which keys, what each may hold.

`rulefile` reads and complains by it, `schema` turns it into a JSON Schema; nothing else says what a file may contain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeAlias, assert_never, get_args

from playbook.rules.nouns import Basis, CalendarName, OutcomeKind, Roll, Scope, Side
from playbook.rules.offset import Unit
from playbook.words.text import Text

MIDPOINT = "midpoint"


@dataclass(frozen=True, slots=True)
class Word:
    """A text that is not blank; one that must look a certain way says so."""

    pattern: str = r"\S"
    allowed: str = "a text that is not empty"


@dataclass(frozen=True, slots=True)
class Choice:
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
class Due:
    """One offset, several for a series, or the midpoint."""

    of: Span = Span(backwards=True)


@dataclass(frozen=True, slots=True)
class Name:
    """The id of something that the same file defines."""

    of: tuple[str, ...]
    pattern: ClassVar[str] = r"\S"


@dataclass(frozen=True, slots=True)
class Condition:
    """Columns and the values that they must hold."""


@dataclass(frozen=True, slots=True)
class Many:
    """A list that is not empty and repeats nothing; where `alone`, one entry may also stand without a list."""

    of: Word | Name | Table
    alone: bool = False


@dataclass(frozen=True, slots=True)
class One:
    """A single table within another."""

    of: Table


Kind: TypeAlias = Word | Choice | Number | Flag | Opening | Label | Span | Due | Name | Condition | Many | One


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table."""

    name: str
    kind: Kind
    about: Text
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
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


def allowed(kind: Kind | Table) -> str:
    """What a kind allows, in words.

    >>> allowed(Many(Name(("activity", "date"))))
    'a list, each an id of [[activity]] or [[date]]'
    """
    match kind:
        case Word():
            return kind.allowed
        case Choice():
            return "one of " + ", ".join(f"'{word}'" for word in kind.words)
        case Number():
            return "a finite number, such as 0.11"
        case Flag():
            return "true or false"
        case Opening():
            return "hours of a day, such as '09:00-18:00', at least one"
        case Label():
            return '{ ja = "...", en = "..." }, neither of them empty'
        case Span():
            return _span(kind)
        case Due():
            return f"{_span(kind.of)}; or a list of them; or '{MIDPOINT}'"
        case Name():
            return "an id of " + " or ".join(f"[[{table}]]" for table in kind.of)
        case Condition():
            return (
                '{ column = "value" } or { column = ["one", "another"] }; values are texts, whole numbers, true, false'
            )
        case Many(alone=True):
            return f"{allowed(kind.of)}; or a list of them"
        case Many():
            return f"a list, each {allowed(kind.of)}"
        case One():
            return allowed(kind.of)
        case Table():
            required = ", ".join(key.name for key in kind if key.required)
            return f"a table with the keys {required}"
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


def _span(span: Span) -> str:
    examples = ", ".join(_EXAMPLES[unit] for unit in span.units)
    return f"an offset such as {examples}" + (", '-14 days', '-0 days'" if span.backwards else ", counted forwards")


_ID = Word(r"^\S(.*\S)?$", "a text that is not empty, on one line, without a space at either end")
_FACT = Word(r"^[A-Z]+-[0-9]+$", "a fact id such as 'J-14'")
_ACTIVITY = Name(("activity",))
_ROLE = Name(("role",))


def _id(ja: str, en: str) -> Key:
    return Key("id", _ID, Text(ja, en), required=True)


_NAME = Key("name", Label(), Text("表示名。なければ id で表す", "the label; the id where there is none"))
_FACTS = Key("fact", Many(_FACT), Text("根拠となる事実の番号", "ids of the facts it comes from"))
_LAWS = Key(
    "law",
    Many(Word()),
    Text("根拠となる法令の条項", "the paragraphs of law that it comes from"),
)
_SOURCES = (_FACTS, _LAWS)
_WHEN = Key(
    "when",
    Condition(),
    Text(
        "追加の条件。イベント、なければ案件、なければ募集の列の値が、すべて一致すること",
        "further conditions on columns of the event, else the case, else its opening; all must hold",
    ),
)
_BASIS = Key(
    "basis",
    Choice(get_args(Basis)),
    Text(
        "根拠の強さ: 明記 (stated)、推奨 (recommended)、独自の設定 (ours)",
        "stated by the source, recommended by it, or ours",
    ),
)
JA = Key("ja", Word(), Text("日本語", "in Japanese"), required=True)
EN = Key("en", Word(), Text("英語", "in English"), required=True)

BOTH_LANGUAGES = Table("label", Text("2つの言語での表現", "one thing said in two languages"), (JA, EN))
DUTY = Table(
    "duty",
    Text("ある局面での役割の仕事", "what a role does in one phase"),
    (Key("phase", Word(), Text("局面", "the phase"), required=True), JA, EN, *_SOURCES),
)
ESCALATION = Table(
    "escalation",
    Text("期限を過ぎたときの引き継ぎ先", "who takes over once an action is overdue"),
    (
        Key("after", Span(), Text("期限から数えた長さ", "how long after the due"), required=True),
        Key("to", _ROLE, Text("引き継ぐ役割", "the role that takes over"), required=True),
    ),
)
PAUSE = Table(
    "pause",
    Text("時計が止まる間", "a stretch in which the clock stands still"),
    (
        Key("after", Many(_ACTIVITY), Text("時計を止める活動", "the activities that stop it"), required=True),
        Key("until", Many(_ACTIVITY), Text("時計を再び動かす活動", "the activities that let it go on"), required=True),
    ),
)
FIELD = Table(
    "field",
    Text("チェックリストの1項目", "one item of a checklist"),
    (_id("イベントまたは案件の列名", "a column of the event or the case"), JA, EN, *_SOURCES),
)

PLAYBOOK = Table(
    "playbook",
    Text("手順書そのもの", "the rule book itself"),
    (
        _id("手順書の id。案件の playbook 列に書く", "the id that cases name in their column playbook"),
        _NAME,
        Key("source", Word(), Text("もとになった文書", "the document it comes from")),
        Key(
            "calendar",
            Choice(get_args(CalendarName)),
            Text(
                "営業日の暦。jp-bank は銀行の年末年始も休む",
                "the calendar of business days; jp-bank also closes 12/31 and 1/2 to 1/3",
            ),
        ),
        Key(
            "hours",
            Opening(),
            Text(
                "営業日の営業時間。省けば 09:00-18:00",
                "the business hours of a business day; 09:00-18:00 unless given",
            ),
        ),
        *_SOURCES,
    ),
    single=True,
)
ACTIVITY = Table(
    "activity",
    Text("案件に起こりうること", "what can happen to a case"),
    (
        _id("イベントの activity 列に書く id", "the id that events name in their column activity"),
        _NAME,
        Key(
            "passes_to",
            Choice(get_args(Side)),
            Text("このあと、次の番になる側", "on which side the next move lies after it"),
        ),
        *_SOURCES,
    ),
)
DATE = Table(
    "date",
    Text("時計の起点になる予定日", "a planned date that can start a clock"),
    (_id("案件または募集の列名", "a column of the case or its opening"), _NAME, *_SOURCES),
)
STAGE = Table(
    "stage",
    Text("選考の段階。書いた順に並ぶ", "a step of the funnel; steps come in the order of the file"),
    (
        _id("段階の id", "the id of the stage"),
        _NAME,
        Key(
            "entered_by",
            Many(_ACTIVITY),
            Text("この段階に入る活動", "the activities that enter it"),
            required=True,
        ),
        *_SOURCES,
    ),
)
OUTCOME = Table(
    "outcome",
    Text("案件の終わり方", "a way in which a case ends"),
    (
        _id("結果の id", "the id of the outcome"),
        _NAME,
        Key(
            "kind",
            Choice(get_args(OutcomeKind)),
            Text(
                "成立 (won)、企業側の見送り (rejected)、本人の辞退 (declined)、時間切れ (lapsed)",
                "won, rejected by the client, declined by the candidate, lapsed by the clock",
            ),
            required=True,
        ),
        Key(
            "by",
            Many(_ACTIVITY),
            Text("この結果で終わらせる活動", "the activities that end a case so"),
            required=True,
        ),
        _WHEN,
        *_SOURCES,
    ),
)
ROLE = Table(
    "role",
    Text("人が受け持つ役割", "a duty that people hold"),
    (
        _id("担当表の role 列に書く id", "the id that assignments name in their column role"),
        _NAME,
        Key(
            "side",
            Choice(get_args(Side)),
            Text("どちら側の役割か。省けば企業 (client)", "on whose side; client unless given"),
        ),
        Key(
            "falls_to",
            _ROLE,
            Text("担当者がいないときに代わる役割", "the role that acts when nobody is assigned"),
        ),
        Key("duties", Many(DUTY), Text("局面ごとの仕事", "what the role does, phase by phase")),
        *_SOURCES,
    ),
)
RULE = Table(
    "rule",
    Text("「X のあと、役割 R は期限 D までに Y をする」という約束", "after X, role R owes Y by D, or else Z"),
    (
        _id("ルールの id", "the id of the rule"),
        _NAME,
        Key(
            "after",
            Many(Name(("activity", "date"))),
            Text("時計を動かす活動または予定日", "activities or planned dates that start the clock"),
            required=True,
        ),
        _WHEN,
        Key("wait", Span(), Text("これより前には行わない", "not to be done before")),
        Key(
            "due",
            Due(),
            Text(
                "期限。並べれば連続した期限、midpoint なら起点と予定日の中間",
                "the due; a list is a series, midpoint is halfway to a planned date",
            ),
            required=True,
        ),
        Key(
            "toward",
            Name(("date",)),
            Text("midpoint のときの行き先の予定日", "with midpoint: the planned date it is halfway to"),
        ),
        Key(
            "gap",
            Span((Unit.DAY, Unit.WEEK)),
            Text(
                "midpoint のとき、間隔がこれより長い場合にだけ求める",
                "with midpoint: owed only where the planned date is more than this away",
            ),
        ),
        Key("until", Many(_ACTIVITY), Text("約束を果たす活動", "the activities that fulfil it"), required=True),
        Key("unless", Many(_ACTIVITY), Text("約束を無効にする活動", "the activities that make it void")),
        Key("role", _ROLE, Text("行う役割", "the role that owes it"), required=True),
        Key(
            "channel",
            Many(Word(), alone=True),
            Text("連絡手段。並べればどれでもよい", "the channel; of several, any will do"),
        ),
        Key("pause", One(PAUSE), Text("この間、時計は止まる", "the clock stands still meanwhile")),
        Key(
            "roll",
            Choice(get_args(Roll)),
            Text(
                "休みの日に当たったとき、翌営業日 (next) か前営業日 (previous) にする",
                "a day that falls on a closed day becomes the next business day, or the previous one",
            ),
        ),
        Key(
            "key",
            Word(),
            Text(
                "この列の値が同じイベントどうしが対応する。約束1つに返事1つ",
                "events answer each other by this column: one answer a promise",
            ),
        ),
        Key("template", Name(("template",)), Text("文面のひな形", "the draft to use")),
        Key(
            "escalate",
            Many(ESCALATION),
            Text("期限を過ぎたときの引き継ぎ先", "who takes over, counted from the due"),
        ),
        Key(
            "record",
            _ACTIVITY,
            Text(
                "守られなかったとき、時計そのものが記録する活動",
                "the activity the clock itself records when the rule is breached",
            ),
        ),
        *_SOURCES,
        _BASIS,
    ),
)
PRECEDENCE = Table(
    "precedence",
    Text("先に済ませておくべき活動", "an activity that needs others before it"),
    (
        _id("順序の id", "the id of the precedence"),
        _NAME,
        Key("activity", _ACTIVITY, Text("後に来る活動", "the activity that comes later"), required=True),
        Key(
            "requires",
            Many(_ACTIVITY),
            Text("先に必要な活動。どれも必要", "the activities needed before it, all of them"),
            required=True,
        ),
        _WHEN,
        Key(
            "scope",
            Choice(get_args(Scope)),
            Text(
                "client なら同じ取引先のほかの案件での活動でもよい。省けば case",
                "with client, those of another case of the client will do; case unless given",
            ),
        ),
        Key(
            "within",
            Span((Unit.DAY, Unit.WEEK, Unit.MONTH)),
            Text("先の活動がこれより前なら、足りない", "what lies longer ago will not do"),
        ),
        Key(
            "fresh",
            Flag(),
            Text(
                "true なら毎回新たに必要。案件の前回の活動より後のものだけを認める",
                "anew each time: only what came after the case's previous event of the activity",
            ),
        ),
        *_SOURCES,
        _BASIS,
    ),
)
PARTICIPATION = Table(
    "participation",
    Text("活動に加わるべき役割", "an activity in which one of some roles must have taken part"),
    (
        _id("参加の id", "the id of the participation"),
        _NAME,
        Key("activity", _ACTIVITY, Text("対象の活動", "the activity"), required=True),
        Key("roles", Many(_ROLE), Text("このうち誰かが加わる", "one of these takes part"), required=True),
        _WHEN,
        *_SOURCES,
        _BASIS,
    ),
)
CHECKLIST = Table(
    "checklist",
    Text("活動の時点で埋まっているべき項目", "what must be filled in on a case by the time of an activity"),
    (
        _id("チェックリストの id", "the id of the checklist"),
        _NAME,
        Key("at", _ACTIVITY, Text("確かめる活動", "the activity at which it is checked"), required=True),
        Key("fields", Many(FIELD), Text("項目", "the items"), required=True),
        _WHEN,
        Key("role", _ROLE, Text("埋める役割", "the role that fills it in")),
        *_SOURCES,
        _BASIS,
    ),
)
TEMPLATE = Table(
    "template",
    Text("文面のひな形 (Jinja)", "a draft, in Jinja, over the case, the event and the people"),
    (
        _id("ひな形の id", "the id of the template"),
        _NAME,
        Key("channel", Word(), Text("連絡手段", "the channel"), required=True),
        Key("subject", Label(draft=True), Text("件名", "the subject line")),
        Key("body", Label(draft=True), Text("本文", "the body"), required=True),
        *_SOURCES,
    ),
)
BENCHMARK = Table(
    "benchmark",
    Text("比べるための外部の数値", "a figure from outside to hold one's own against"),
    (
        _id("基準値の id", "the id of the benchmark"),
        _NAME,
        Key(
            "value",
            Number(),
            Text("値。割合は 0.11 のように書く", "the value; a share as 0.11"),
            required=True,
        ),
        *_SOURCES,
    ),
)

TABLES: dict[str, Table] = {
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
