"""The menu: every command with its options and examples, in both languages, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from playbook.words.catalogue import msg
from playbook.words.text import Text

OptionForm = Literal["text", "flag", "file", "output", "moment", "count", "number", "change", "choice", "lang", "days"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option: how it is written, what it takes, what it is for."""

    flag: str
    help: Text
    form: OptionForm = "flag"
    takes: str = ""
    many: bool = False
    short: str = ""
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name under which its value is found."""
        return self.flag.removeprefix("--").replace("-", "_")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument without a flag; `many` takes any number, none included."""

    name: str
    help: Text
    many: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """A line to type, and what it does."""

    line: str
    does: Text


@dataclass(frozen=True, slots=True)
class Command:
    """One command; `runs` is where its function is: `module:function` of this package."""

    name: str
    does: Text
    runs: str
    options: tuple[Option, ...] = ()
    arguments: tuple[Argument, ...] = ()
    examples: tuple[Example, ...] = ()


# Options that several commands share

WORKSPACE = Option(
    "--workspace",
    msg("folder, workbook or database URL (default: the sample)"),
    "text",
    "DIR|FILE|URL",
)
AS_OF = Option(
    "--as-of",
    msg("the moment asked for: a date or a date-time (default: now)"),
    "moment",
    "DATE",
)
LANG = Option("--lang", msg("language: ja or en"), "lang", "ja|en", choices=("ja", "en"))
PLAYBOOK = Option(
    "--playbook",
    msg("use these playbooks and no others (repeatable)"),
    "text",
    "FILE",
    many=True,
)
OUTPUT = Option(
    "--output",
    msg("write to a file: csv, json, parquet, xlsx (default: csv to standard output)"),
    "output",
    "FILE",
    short="-o",
)
MAX_QUARANTINE = Option(
    "--max-quarantine",
    msg("exit status 1 when more rows than this are quarantined"),
    "count",
    "N",
)
SET = Option(
    "--set",
    msg('under a changed rule (repeatable): RULE.due="5 days"'),
    "change",
    "RULE.KEY=VALUE",
    many=True,
)
HORIZON = Option("--horizon", msg("how many days ahead counts as due soon"), "count", "N")
BY = Option(
    "--by",
    msg("group by a column (client_id, owner, cycle, ...; repeatable)"),
    "text",
    "COLUMN",
    many=True,
)


def _table(*names: str) -> Option:
    """Which of several tables; the first is the one without the option."""
    listed = ", ".join(names)
    does = msg("which table (default: the first): {listed}", listed=listed)
    return Option("--table", does, "choice", "NAME", choices=names)


_ASK = (WORKSPACE, AS_OF, PLAYBOOK, OUTPUT, MAX_QUARANTINE, LANG)

COMMANDS: tuple[Command, ...] = (
    Command(
        "due",
        msg("who owes what by when: the due actions"),
        "questions:due",
        (
            *_ASK,
            HORIZON,
            Option("--all", msg("also what is met, void, lapsed or closed")),
            Option(
                "--since",
                msg("what has changed since then (new, worse, resolved)"),
                "moment",
                "DATE",
            ),
            SET,
            Option(
                "--what-if",
                msg("with --set: before and after side by side, a row per rule"),
            ),
        ),
        examples=(
            Example("playbook due --workspace ./応募データ --as-of 2026-11-20", msg("this week's deadlines")),
            Example("playbook due --all -o 期限一覧.xlsx", msg("to Excel")),
            Example(
                'playbook due --set notify-applicants.due="5 days" --what-if',
                msg("what if the outcome were due in 5 days"),
            ),
        ),
    ),
    Command(
        "violations",
        msg("steps out of order, items missing, people missing"),
        "questions:violations",
        _ASK,
        examples=(
            Example(
                "playbook violations --as-of 2026-11-20",
                msg("what was not done by the book"),
            ),
        ),
    ),
    Command(
        "funnel",
        msg("at which stage candidates are lost"),
        "questions:funnel",
        (*_ASK, BY, _table("funnel", "outcomes", "flows", "curves", "endings", "throughput", "waiting", "compared")),
        examples=(Example("playbook funnel --by client_id", msg("the funnel per client")),),
    ),
    Command(
        "declines",
        msg("why and when candidates decline"),
        "questions:declines",
        (
            *_ASK,
            BY,
            _table(
                "declines",
                "reasons",
                "moments",
                "rates",
                "offers",
                "late",
                "associations",
                "signals",
                "answers",
                "cases",
            ),
        ),
        examples=(
            Example("playbook declines", msg("reasons")),
            Example(
                "playbook declines --table offers --by cycle",
                msg("offers declined, against the benchmark"),
            ),
        ),
    ),
    Command(
        "followup",
        msg("placements: milestones, next review, retention"),
        "questions:followup",
        (
            *_ASK,
            HORIZON,
            BY,
            _table("placements", "milestones", "retention", "six-months"),
        ),
        examples=(Example("playbook followup -o フォロー.xlsx", msg("the list of placements")),),
    ),
    Command(
        "limits",
        msg("which limits practice keeps, and which of them matter"),
        "questions:limits",
        (*_ASK, _table("limits", "times", "matters", "late", "acts", "orders", "week", "slots")),
        examples=(
            Example(
                "playbook limits -o 期限の実績.xlsx",
                msg("what each limit is in practice"),
            ),
            Example(
                "playbook limits --table matters",
                msg("what being late goes along with, and how surely"),
            ),
        ),
    ),
    Command(
        "yearly",
        msg("the yearly figures of an agency, as the law counts them"),
        "agency:yearly",
        (
            *_ASK,
            Option(
                "--fiscal-year",
                msg("fiscal year, April to March (default: last)"),
                "count",
                "YEAR",
            ),
            Option("--office", msg("this office only"), "text", "OFFICE"),
            _table("site", "occupations", "people", "to-ask", "to-write", "filed", "readings", "cases"),
            Option(
                "--file",
                msg("keep the counts as filed, for good: placed (April), left (October to December)"),
                "choice",
                "PART",
                choices=("placed", "left"),
            ),
        ),
        examples=(
            Example(
                "playbook yearly --fiscal-year 2025 -o 年度報告.xlsx",
                msg("every table in one workbook"),
            ),
            Example(
                "playbook yearly --fiscal-year 2025 --table to-ask",
                msg("who must still be asked"),
            ),
        ),
    ),
    Command(
        "agree",
        msg("write agreed limits into your own copy of a book (first the diff)"),
        "agree:agree",
        (
            WORKSPACE,
            AS_OF,
            Option(
                "--keep",
                msg("the limit that 80 or 90% would keep"),
                "choice",
                "80|90",
                choices=("80", "90"),
            ),
            Option("--write", msg("write it")),
            MAX_QUARANTINE,
            LANG,
        ),
        (
            Argument(
                "RULE",
                msg('rules, or RULE="5 days"'),
                many=True,
            ),
        ),
        (
            Example(
                'playbook agree submit-notes="2 business days" --workspace ./応募データ',
                msg("see the lines that change"),
            ),
            Example(
                "playbook agree --keep 80 --workspace ./応募データ --write",
                msg("write the limits that 80% would keep"),
            ),
        ),
    ),
    Command(
        "forecast",
        msg("what the open cases will bring by when"),
        "questions:forecast",
        (
            *_ASK,
            BY,
            Option(
                "--days",
                msg("how many days ahead (default: 30,60,90)"),
                "days",
                "N,N,...",
            ),
            _table("forecast", "record", "reliability", "stages", "arrivals", "load", "if-kept"),
        ),
        examples=(
            Example(
                "playbook forecast --days 30,90",
                msg("in 30 and in 90 days, with bands"),
            ),
            Example(
                "playbook forecast --table record",
                msg("the forecasts of past month ends, and what came"),
            ),
        ),
    ),
    Command(
        "ledgers",
        msg("the books of an agency: jobs, job seekers, fees"),
        "agency:ledgers",
        (
            *_ASK,
            Option("--office", msg("this office only"), "text", "OFFICE"),
            _table("jobs", "seekers", "fees", "missing"),
        ),
        examples=(Example("playbook ledgers -o 帳簿.xlsx", msg("all three as a workbook")),),
    ),
    Command(
        "grants",
        msg("grants for a hire: how the conditions stand, per client that applies"),
        "agency:grants",
        (*_ASK, _table("checks", "cases", "readings")),
        examples=(
            Example("playbook grants -o 補助金.xlsx", msg("conditions and sources as a workbook")),
            Example("playbook grants --table cases", msg("rows for cases, for the clock to remind of")),
        ),
    ),
    Command(
        "letter",
        msg("the letter to the company or the hire of a placement, and the bank's review sheet (Word)"),
        "agency:letter",
        (
            WORKSPACE,
            AS_OF,
            PLAYBOOK,
            LANG,
            Option("--sent-on", msg("day of sending (default: the as-of)"), "moment", "DATE"),
            Option(
                "--to",
                msg("to whom the letter goes (default: company)"),
                "choice",
                "company|hire",
                choices=("company", "hire"),
            ),
            Option("--wording", msg("write the words of letters to a file, to be edited"), "file", "FILE"),
            Option(
                "--out",
                msg("folder to write to (default: letters/)"),
                "file",
                "DIR",
            ),
        ),
        (Argument("CASE", msg("case_id (not needed with --wording)"), optional=True),),
        (
            Example("playbook letter P-030 --out 書面", msg("both papers in Word")),
            Example("playbook letter --wording 書面.txt", msg("the words, to be edited")),
        ),
    ),
    Command(
        "talk",
        msg("a question sheet for a follow-up talk; a filled one becomes voices and consents"),
        "personal:talk",
        (
            WORKSPACE,
            LANG,
            Option(
                "--side",
                msg("who is asked (when making one)"),
                "choice",
                "company|hire",
                choices=("company", "hire"),
            ),
            Option(
                "--out",
                msg("folder to write to (default: here)"),
                "file",
                "DIR",
            ),
        ),
        (Argument("WHAT", msg("a case_id, or filled sheets"), many=True),),
        (
            Example("playbook talk P-030 --side hire", msg("a sheet for a talk with the hire")),
            Example("playbook talk 面談.xlsx --workspace ./bank", msg("read a filled sheet")),
        ),
    ),
    Command(
        "person",
        msg("all that is held of one person (for disclosure)"),
        "personal:person",
        (
            WORKSPACE,
            OUTPUT,
            LANG,
            Option(
                "--out",
                msg("the published folder (default: reports/)"),
                "file",
                "DIR",
            ),
        ),
        (Argument("PERSON", msg("a name, or a case_id")),),
        (Example("playbook person P-030 -o 開示.xlsx", msg("what is held, as a workbook")),),
    ),
    Command(
        "purge",
        msg("erase a case everywhere, once it may go"),
        "personal:purge",
        (
            *_ASK,
            Option(
                "--out",
                msg("the published folder (default: reports/)"),
                "file",
                "DIR",
            ),
            Option("--write", msg("really erase (it cannot be undone)")),
        ),
        (
            Argument(
                "CASE",
                msg("a case_id or a name (default: a list)"),
                optional=True,
            ),
        ),
        (
            Example("playbook purge", msg("what may be erased since when")),
            Example("playbook purge P-002 --write", msg("erase one case")),
        ),
    ),
    Command(
        "check",
        msg("what is wrong with data and playbooks (nothing is changed)"),
        "checking:check",
        (
            *_ASK,
            Option(
                "--quarantine",
                msg("write the rows that could not be used, with reasons"),
                "output",
                "FILE",
            ),
        ),
        examples=(
            Example(
                "playbook check --workspace ./応募データ --quarantine 要修正.csv",
                msg("list the rows to correct"),
            ),
        ),
    ),
    Command(
        "explain",
        msg("why each action of a case is due, the days counted aloud"),
        "explaining:explain",
        _ASK,
        (Argument("CASE", msg("the case_id")),),
        (Example("playbook explain A-014", msg("why it is due on that day")),),
    ),
    Command(
        "rules",
        msg("the rule book as a table"),
        "rulebooks:rules",
        (
            WORKSPACE,
            AS_OF,
            PLAYBOOK,
            OUTPUT,
            MAX_QUARANTINE,
            LANG,
            Option(
                "--coverage",
                msg("each fact of the sources, and where it lives"),
            ),
            Option("--facts", msg("every place that cites a fact")),
            Option(
                "--roles",
                msg("roles, phases and people per client, with their load"),
            ),
            Option("--workload", msg("what each person has open")),
        ),
        examples=(
            Example("playbook rules -o 手順書.xlsx", msg("read the rules in Excel")),
            Example("playbook rules --roles --workspace ./応募データ", msg("who does what")),
        ),
    ),
    Command(
        "run",
        msg("run the reports (notebooks) and publish them as HTML"),
        "warm:run",
        (
            WORKSPACE,
            AS_OF,
            OUTPUT,
            LANG,
            Option(
                "--out",
                msg("folder to publish to (default: reports/)"),
                "file",
                "DIR",
            ),
            Option(
                "--workspaces",
                msg("every workspace in this folder, each published to a folder of its own, with one index"),
                "file",
                "DIR",
            ),
            Option(
                "--each",
                msg("one page per client, placement or owner"),
                "choice",
                "client|placement|owner",
                choices=("client", "placement", "owner"),
            ),
            Option(
                "--only",
                msg("with --each: these ids only (repeatable)"),
                "text",
                "ID",
                many=True,
            ),
            Option(
                "--parameter",
                msg("a parameter of the notebooks (repeatable)"),
                "change",
                "NAME=VALUE",
                many=True,
                short="-p",
            ),
            Option("--force", msg("make again also what has not changed")),
            Option("--dry-run", msg("only say what would be made")),
            Option("--single-file", msg("each page in one file")),
            Option("--timeout", msg("seconds a report may take"), "number", "SECONDS"),
            Option("--memory", msg("MB a report may take"), "number", "MB"),
            Option("--workers", msg("reports made at a time"), "count", "N"),
            Option(
                "--scheduler",
                msg("make them on a dask cluster (its scheduler)"),
                "text",
                "ADDRESS",
            ),
            Option(
                "--stale-days",
                msg("warn when the newest row is older than N days"),
                "count",
                "N",
            ),
            Option(
                "--on-concern",
                msg("on stale or shrunken data: warn or stop"),
                "choice",
                "warn|stop",
                choices=("warn", "stop"),
            ),
            Option("--pdf", msg("a PDF beside each page (needs a browser)")),
            Option(
                "--notify",
                msg("a command that is given how it went (JSON on standard input), also where it failed"),
                "text",
                "COMMAND",
            ),
            Option(
                "--mail",
                msg("a mail file (.eml) that says how it went"),
                "file",
                "FILE",
            ),
            MAX_QUARANTINE,
        ),
        (Argument("REPORT", msg("reports by name (default: all)"), many=True),),
        (
            Example("playbook run --out reports", msg("all reports")),
            Example(
                "playbook run weekly_due_actions --each client",
                msg("the Monday list per client"),
            ),
        ),
    ),
    Command(
        "verify",
        msg("make a run again and compare byte for byte"),
        "reports:verify",
        (
            Option(
                "--workspace",
                msg("where the input is, if it has moved"),
                "text",
                "DIR|FILE|URL",
            ),
            LANG,
        ),
        (Argument("MANIFEST", msg("the record of a run (manifest.json)")),),
        (Example("playbook verify reports/manifest.json", msg("is it reproducible?")),),
    ),
    Command(
        "drafts",
        msg("mail drafts for due actions (nothing is sent)"),
        "making:drafts",
        (
            *_ASK,
            HORIZON,
            Option(
                "--out",
                msg("folder to write to (default: drafts/)"),
                "file",
                "DIR",
            ),
            Option("--all", msg("also what is due later or waiting")),
        ),
        examples=(Example("playbook drafts --out 下書き", msg("prepare thanks, reminders, ...")),),
    ),
    Command(
        "init",
        msg("a new workspace: tables, settings, a guide"),
        "making:init",
        (
            LANG,
            Option(
                "--playbook",
                msg("copy a built-in playbook to edit (repeatable)"),
                "text",
                "ID",
                many=True,
            ),
            Option("--sheet", msg("with a goal sheet, an Excel form to fill in")),
            Option("--counts-from", msg("since when the procedure is kept"), "moment", "DATE"),
        ),
        (Argument("DIR", msg("the folder to make")),),
        (
            Example("playbook init 応募データ", msg("empty tables, settings and a guide")),
            Example(
                "playbook init ./agency --playbook joins-selection",
                msg("with a playbook to edit"),
            ),
        ),
    ),
    Command(
        "import",
        msg("exports of other systems into a workspace"),
        "making:import_",
        (
            Option(
                "--map",
                msg("the file that says what columns and values mean"),
                "file",
                "FILE",
            ),
            Option(
                "--output",
                msg("the workspace to write to"),
                "file",
                "WORKSPACE",
                short="-o",
            ),
            Option(
                "--guess",
                msg("propose such a file (into --map, if given)"),
            ),
            Option(
                "--ask",
                msg("read it by its headers and values, and ask what only you can say"),
            ),
            Option(
                "--answers",
                msg("the filled sheet of questions"),
                "file",
                "FILE",
            ),
            Option(
                "--taken",
                msg("when it was exported (default: now)"),
                "moment",
                "DATE",
            ),
            Option("--backlog", msg("new rows were always known")),
            Option(
                "--complete",
                msg("it is whole: what is missing is gone"),
            ),
            Option("--replace", msg("replace the tables instead of adding to them")),
            Option("--dry-run", msg("write nothing, only say how it is read")),
            MAX_QUARANTINE,
            LANG,
        ),
        (Argument("FILE", msg("exported files or folders"), many=True),),
        (
            Example(
                "playbook import 応募者.csv --map mapping.toml -o 応募データ",
                msg("by a mapping"),
            ),
            Example("playbook import greenhouse.json --dry-run", msg("only see how it is read")),
        ),
    ),
    Command(
        "answer",
        msg("say of due actions what was done, put off or not needed"),
        "answering:answer",
        (
            WORKSPACE,
            Option("--until", msg("put off to this day (later)"), "moment", "DATE"),
            Option("--waiting-on", msg("who is waited for"), "text", "SIDE"),
            Option("--trigger-at", msg("to the action of this trigger"), "text", "MOMENT"),
            Option("--note", msg("why, or a note"), "text", "TEXT"),
            Option("--by", msg("whose answer it is"), "text", "PERSON"),
            Option("--taken", msg("when it was said (default: now)"), "moment", "DATE"),
            PLAYBOOK,
            LANG,
        ),
        (
            Argument(
                "WHAT",
                msg("filled lists (Excel), or CASE RULE ANSWER"),
                many=True,
            ),
        ),
        (
            Example("playbook answer 一覧.xlsx --workspace 応募データ", msg("a filled list")),
            Example(
                "playbook answer J-137 notify-applicants later --until 2026-12-01 --workspace 応募データ",
                msg("put one action off"),
            ),
        ),
    ),
    Command(
        "handover",
        msg("what goes from one person to another"),
        "handing:handover",
        (
            *_ASK,
            Option("--from", msg("who hands over"), "text", "PERSON"),
            Option("--to", msg("who takes over"), "text", "PERSON"),
            Option("--on", msg("from which day on"), "moment", "DATE"),
            _table("promises", "answers", "dates", "assignments"),
            Option("--out", msg("folder for the paper and drafts that introduce"), "file", "DIR"),
            Option("--write", msg("write it into the assignments")),
        ),
        examples=(
            Example(
                "playbook handover --from 佐藤 --to 田中 --on 2026-12-01 --workspace 応募データ",
                msg("what goes over"),
            ),
        ),
    ),
    Command(
        "simulate",
        msg("the data of an invented firm, with the truth about it"),
        "making:simulate",
        (
            Option("--seed", msg("the same number, the same data"), "count", "N"),
            Option("--clients", msg("how many clients"), "count", "N"),
            Option("--months", msg("months of history"), "count", "N"),
            Option("--until", msg("the last day"), "moment", "DATE"),
            Option(
                "--cases",
                msg("how many cases of a playbook (repeatable)"),
                "change",
                "PLAYBOOK=N",
                many=True,
            ),
            Option("--clean", msg("without the rows that are broken on purpose")),
            Option("--force", msg("write over what is there")),
            LANG,
        ),
        (Argument("DIR", msg("the folder to make")),),
        (Example("playbook simulate 練習用 --seed 7", msg("data to practise on")),),
    ),
)


def command_names() -> list[str]:
    """The names of all commands, in the order of the menu."""
    return [command.name for command in COMMANDS]
