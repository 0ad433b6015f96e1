"""The menu: every command with its options and examples, in both languages, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from playbook.words.text import Text

Form = Literal["text", "flag", "file", "output", "moment", "count", "number", "change", "choice", "lang", "days"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option: how it is written, what it takes, what it is for."""

    flag: str
    help: Text
    form: Form = "flag"
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
    Text(
        "表のあるフォルダー、Excelブック、データベースのURL(省略時は見本)",
        "folder, workbook or database URL (default: the sample)",
    ),
    "text",
    "DIR|FILE|URL",
)
AS_OF = Option(
    "--as-of",
    Text("いつの時点で見るか。日付か日時(省略時は今)", "the moment asked for: a date or a date-time (default: now)"),
    "moment",
    "DATE",
)
LANG = Option("--lang", Text("ことば: ja か en", "language: ja or en"), "lang", "ja|en", choices=("ja", "en"))
PLAYBOOK = Option(
    "--playbook",
    Text("使う手順書。これだけを使う(何度でも)", "use these playbooks and no others (repeatable)"),
    "text",
    "FILE",
    many=True,
)
OUTPUT = Option(
    "--output",
    Text(
        "書き出し先: csv, json, parquet, xlsx(省略時は標準出力にcsv)",
        "write to a file: csv, json, parquet, xlsx (default: csv to standard output)",
    ),
    "output",
    "FILE",
    short="-o",
)
MAX_QUARANTINE = Option(
    "--max-quarantine",
    Text("保留した行がこの数を超えたら終了コード1", "exit status 1 when more rows than this are quarantined"),
    "count",
    "N",
)
SET = Option(
    "--set",
    Text('ルールを変えて見る(何度でも): ルール.due="5 days"', 'under a changed rule (repeatable): RULE.due="5 days"'),
    "change",
    "RULE.KEY=VALUE",
    many=True,
)
HORIZON = Option(
    "--horizon", Text("何日先までを「まもなく期限」とするか", "how many days ahead counts as due soon"), "count", "N"
)
BY = Option(
    "--by",
    Text(
        "区分する列(client_id, owner, cycle など。何度でも)",
        "group by a column (client_id, owner, cycle, ...; repeatable)",
    ),
    "text",
    "COLUMN",
    many=True,
)


def _table(*names: str) -> Option:
    """Which of several tables; the first is the one without the option."""
    listed = ", ".join(names)
    does = Text(f"どの表か(省略時は最初の表): {listed}", f"which table (default: the first): {listed}")
    return Option("--table", does, "choice", "NAME", choices=names)


_READ = (WORKSPACE, PLAYBOOK, MAX_QUARANTINE, LANG)
_ASK = (WORKSPACE, AS_OF, PLAYBOOK, OUTPUT, MAX_QUARANTINE, LANG)

COMMANDS: tuple[Command, ...] = (
    Command(
        "due",
        Text("だれが何をいつまでに: 期限のある行動の一覧", "who owes what by when: the due actions"),
        "questions:due",
        (
            *_ASK,
            HORIZON,
            Option("--all", Text("終わったものも含める", "also what is met, void, lapsed or closed")),
            Option(
                "--since",
                Text("この時点からの変化(new, worse, resolved)", "what has changed since then (new, worse, resolved)"),
                "moment",
                "DATE",
            ),
            SET,
            Option(
                "--what-if",
                Text("--set の前と後をルールごとに並べる", "with --set: before and after side by side, a row per rule"),
            ),
        ),
        examples=(
            Example(
                "playbook due --workspace ./応募データ --as-of 2026-11-20", Text("今週の期限", "this week's deadlines")
            ),
            Example("playbook due --all -o 期限一覧.xlsx", Text("Excelに書き出す", "to Excel")),
            Example(
                'playbook due --set notify-applicants.due="5 days" --what-if',
                Text("結果連絡を5日以内にしたら", "what if the outcome were due in 5 days"),
            ),
        ),
    ),
    Command(
        "violations",
        Text("順序の違反、記入もれ、参加者の不足", "steps out of order, items missing, people missing"),
        "questions:violations",
        _ASK,
        examples=(
            Example(
                "playbook violations --as-of 2026-11-20",
                Text("手順どおりでなかったこと", "what was not done by the book"),
            ),
        ),
    ),
    Command(
        "funnel",
        Text("どの段階で候補者を失っているか", "at which stage candidates are lost"),
        "questions:funnel",
        (*_ASK, BY, _table("funnel", "outcomes", "flows", "curves", "endings", "throughput", "waiting", "compared")),
        examples=(Example("playbook funnel --by client_id", Text("企業ごとの歩留まり", "the funnel per client")),),
    ),
    Command(
        "declines",
        Text("辞退の理由と時期", "why and when candidates decline"),
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
            Example("playbook declines", Text("辞退の理由", "reasons")),
            Example(
                "playbook declines --table offers --by cycle",
                Text("内定辞退を基準値と比べる", "offers declined, against the benchmark"),
            ),
        ),
    ),
    Command(
        "followup",
        Text("入社後フォロー: 目標の進み、次の面談、定着", "placements: milestones, next review, retention"),
        "questions:followup",
        (
            *_ASK,
            HORIZON,
            BY,
            _table("placements", "milestones", "retention", "six-months"),
        ),
        examples=(Example("playbook followup -o フォロー.xlsx", Text("入社者の一覧", "the list of placements")),),
    ),
    Command(
        "limits",
        Text(
            "どの期限が守られ、どの期限の遅れで結果に差があるか",
            "which limits practice keeps, and which of them matter",
        ),
        "questions:limits",
        (*_ASK, _table("limits", "times", "matters", "late", "acts", "orders", "week", "slots")),
        examples=(
            Example(
                "playbook limits -o 期限の実績.xlsx",
                Text("ルールごとの実績と、守れる期限", "what each limit is in practice"),
            ),
            Example(
                "playbook limits --table matters",
                Text("遅れと結果の結びつきと、その確かさ", "what being late goes along with, and how surely"),
            ),
        ),
    ),
    Command(
        "yearly",
        Text(
            "年度報告: 就職者・離職者・判明せずを法令の数え方で",
            "the yearly figures of an agency, as the law counts them",
        ),
        "agency:yearly",
        (
            *_ASK,
            Option(
                "--fiscal-year",
                Text("何年度か(4月から3月。省略時は終わった最後の年度)", "fiscal year, April to March (default: last)"),
                "count",
                "YEAR",
            ),
            Option("--office", Text("この事業所だけ", "this office only"), "text", "OFFICE"),
            _table("site", "occupations", "people", "to-ask", "to-write", "filed", "readings", "cases"),
            Option(
                "--file",
                Text(
                    "届け出た数として残す(数だけ。書き換えない): placed は4月、left は10月から12月",
                    "keep the counts as filed, for good: placed (April), left (October to December)",
                ),
                "choice",
                "PART",
                choices=("placed", "left"),
            ),
        ),
        examples=(
            Example(
                "playbook yearly --fiscal-year 2025 -o 年度報告.xlsx",
                Text("すべての表を1つのExcelに", "every table in one workbook"),
            ),
            Example(
                "playbook yearly --fiscal-year 2025 --table to-ask",
                Text("まだ在籍を確認していない人", "who must still be asked"),
            ),
        ),
    ),
    Command(
        "agree",
        Text(
            "自社で決めた期限を、自社の手順書に書く(まず差分を見る)",
            "write agreed limits into your own copy of a book (first the diff)",
        ),
        "agree:agree",
        (
            WORKSPACE,
            AS_OF,
            Option(
                "--keep",
                Text("8割(80)か9割(90)が守れる期限にする", "the limit that 80 or 90% would keep"),
                "choice",
                "80|90",
                choices=("80", "90"),
            ),
            Option("--write", Text("書き込む", "write it")),
            MAX_QUARANTINE,
            LANG,
        ),
        (
            Argument(
                "RULE",
                Text('ルール、または ルール="5 days"', 'rules, or RULE="5 days"'),
                many=True,
            ),
        ),
        (
            Example(
                'playbook agree submit-notes="2 business days" --workspace ./応募データ',
                Text("変わる行だけを見る", "see the lines that change"),
            ),
            Example(
                "playbook agree --keep 80 --workspace ./応募データ --write",
                Text("8割が守れる期限を手順書に書く", "write the limits that 80% would keep"),
            ),
        ),
    ),
    Command(
        "forecast",
        Text("進行中の案件が、いつまでにどう終わるか", "what the open cases will bring by when"),
        "questions:forecast",
        (
            *_ASK,
            BY,
            Option(
                "--days",
                Text("何日先までか(省略時は 30,60,90)", "how many days ahead (default: 30,60,90)"),
                "days",
                "N,N,...",
            ),
            _table("forecast", "record", "reliability", "stages", "arrivals", "load", "if-kept"),
        ),
        examples=(
            Example(
                "playbook forecast --days 30,90",
                Text("30日後と90日後までの見込みと幅", "in 30 and in 90 days, with bands"),
            ),
            Example(
                "playbook forecast --table record",
                Text("過去の月末の見込みと、実際", "the forecasts of past month ends, and what came"),
            ),
        ),
    ),
    Command(
        "ledgers",
        Text("帳簿: 求人管理簿・求職管理簿・手数料管理簿", "the books of an agency: jobs, job seekers, fees"),
        "agency:ledgers",
        (
            *_ASK,
            Option("--office", Text("この事業所だけ", "this office only"), "text", "OFFICE"),
            _table("jobs", "seekers", "fees", "missing"),
        ),
        examples=(Example("playbook ledgers -o 帳簿.xlsx", Text("3つの帳簿をExcelに", "all three as a workbook")),),
    ),
    Command(
        "letter",
        Text(
            "6か月の企業宛ての書面と行内のレビュー票(Word)",
            "the letter to the client after six months, and the bank's review sheet (Word, in Japanese)",
        ),
        "agency:letter",
        (
            WORKSPACE,
            AS_OF,
            PLAYBOOK,
            LANG,
            Option(
                "--sent-on", Text("書面の日付(省略時は見る日)", "day of sending (default: the as-of)"), "moment", "DATE"
            ),
            Option(
                "--out",
                Text("書き出すフォルダー(省略時は letters/)", "folder to write to (default: letters/)"),
                "file",
                "DIR",
            ),
        ),
        (Argument("CASE", Text("案件のID", "the case_id")),),
        (Example("playbook letter P-030 --out 書面", Text("書面とレビュー票をWordで", "both papers in Word")),),
    ),
    Command(
        "talk",
        Text(
            "面談シートを作る、記入済みのシートを読む(声と同意になる)",
            "a question sheet for a follow-up talk; a filled one becomes voices and consents",
        ),
        "personal:talk",
        (
            WORKSPACE,
            LANG,
            Option(
                "--side",
                Text("だれに伺うか(作るとき)", "who is asked (when making one)"),
                "choice",
                "company|hire",
                choices=("company", "hire"),
            ),
            Option(
                "--out",
                Text("書き出すフォルダー(省略時は今の場所)", "folder to write to (default: here)"),
                "file",
                "DIR",
            ),
        ),
        (Argument("WHAT", Text("案件のID、または記入済みのシート", "a case_id, or filled sheets"), many=True),),
        (
            Example(
                "playbook talk P-030 --side hire", Text("入社者との面談シート", "a sheet for a talk with the hire")
            ),
            Example(
                "playbook talk 面談.xlsx --workspace ./bank", Text("記入したシートを取り込む", "read a filled sheet")
            ),
        ),
    ),
    Command(
        "person",
        Text("1人について持っているすべて(開示の求めに)", "all that is held of one person (for disclosure)"),
        "personal:person",
        (
            WORKSPACE,
            OUTPUT,
            LANG,
            Option(
                "--out",
                Text("公開先のフォルダー(省略時は reports/)", "the published folder (default: reports/)"),
                "file",
                "DIR",
            ),
        ),
        (Argument("PERSON", Text("氏名か案件のID", "a name, or a case_id")),),
        (Example("playbook person P-030 -o 開示.xlsx", Text("開示する表をExcelに", "what is held, as a workbook")),),
    ),
    Command(
        "purge",
        Text("保存の期間が過ぎた案件を、すべての表と公開したページから消す", "erase a case everywhere, once it may go"),
        "personal:purge",
        (
            *_ASK,
            Option(
                "--out",
                Text("公開先のフォルダー(省略時は reports/)", "the published folder (default: reports/)"),
                "file",
                "DIR",
            ),
            Option("--write", Text("本当に消す(元に戻せません)", "really erase (it cannot be undone)")),
        ),
        (
            Argument(
                "CASE",
                Text("案件のIDか氏名(省略時は、消せる日の一覧)", "a case_id or a name (default: a list)"),
                optional=True,
            ),
        ),
        (
            Example("playbook purge", Text("いつから消してよいか", "what may be erased since when")),
            Example("playbook purge P-002 --write", Text("1人分を消す", "erase one case")),
        ),
    ),
    Command(
        "check",
        Text("データと手順書の点検(何も書き換えない)", "what is wrong with data and playbooks (nothing is changed)"),
        "checking:check",
        (
            *_ASK,
            Option(
                "--quarantine",
                Text("保留した行を理由とともに書き出す", "write the rows that could not be used, with reasons"),
                "output",
                "FILE",
            ),
        ),
        examples=(
            Example(
                "playbook check --workspace ./応募データ --quarantine 要修正.csv",
                Text("直すべき行を書き出す", "list the rows to correct"),
            ),
        ),
    ),
    Command(
        "explain",
        Text("その案件の期限の理由と、日数の数え方", "why each action of a case is due, the days counted aloud"),
        "explaining:explain",
        _ASK,
        (Argument("CASE", Text("案件のID(case_id)", "the case_id")),),
        (Example("playbook explain A-014", Text("なぜその日が期限なのか", "why it is due on that day")),),
    ),
    Command(
        "rules",
        Text("手順書を表にする", "the rule book as a table"),
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
                Text("原典の事実がそれぞれどこで生きているか", "each fact of the sources, and where it lives"),
            ),
            Option("--facts", Text("事実を引いている箇所の一覧", "every place that cites a fact")),
            Option(
                "--roles",
                Text("企業ごとの役割分担と担当者、負荷", "roles, phases and people per client, with their load"),
            ),
            Option("--workload", Text("担当者ごとの負荷", "what each person has open")),
        ),
        examples=(
            Example("playbook rules -o 手順書.xlsx", Text("ルールをExcelで読む", "read the rules in Excel")),
            Example("playbook rules --roles --workspace ./応募データ", Text("役割分担表", "who does what")),
        ),
    ),
    Command(
        "run",
        Text("レポート(ノートブック)を実行し、HTMLで公開する", "run the reports (notebooks) and publish them as HTML"),
        "warm:run",
        (
            WORKSPACE,
            AS_OF,
            OUTPUT,
            LANG,
            Option(
                "--out",
                Text("公開先のフォルダー(省略時は reports/)", "folder to publish to (default: reports/)"),
                "file",
                "DIR",
            ),
            Option(
                "--workspaces",
                Text(
                    "このフォルダーの中のワークスペースすべてを、それぞれの公開先と一つの一覧で",
                    "every workspace in this folder, each published to a folder of its own, with one index",
                ),
                "file",
                "DIR",
            ),
            Option(
                "--each",
                Text("企業・入社者・担当者ごとに作る", "one page per client, placement or owner"),
                "choice",
                "client|placement|owner",
                choices=("client", "placement", "owner"),
            ),
            Option(
                "--only",
                Text("--each のうちこのIDだけ(何度でも)", "with --each: these ids only (repeatable)"),
                "text",
                "ID",
                many=True,
            ),
            Option(
                "--parameter",
                Text("ノートブックのパラメーター(何度でも)", "a parameter of the notebooks (repeatable)"),
                "change",
                "NAME=VALUE",
                many=True,
                short="-p",
            ),
            Option("--force", Text("変わっていないものも作り直す", "make again also what has not changed")),
            Option("--dry-run", Text("何が作られるかだけを言う", "only say what would be made")),
            Option("--single-file", Text("1ページを1ファイルにする", "each page in one file")),
            Option("--timeout", Text("1レポートの制限時間(秒)", "seconds a report may take"), "number", "SECONDS"),
            Option("--memory", Text("1レポートのメモリー上限(MB)", "MB a report may take"), "number", "MB"),
            Option("--workers", Text("同時に作る数", "reports made at a time"), "count", "N"),
            Option(
                "--scheduler",
                Text("daskクラスターで作る(スケジューラーのアドレス)", "make them on a dask cluster (its scheduler)"),
                "text",
                "ADDRESS",
            ),
            Option(
                "--stale-days",
                Text("最新の行がこの日数より古ければ注意する", "warn when the newest row is older than N days"),
                "count",
                "N",
            ),
            Option(
                "--on-concern",
                Text("古いデータや急に減ったデータで: 注意だけ・中止", "on stale or shrunken data: warn or stop"),
                "choice",
                "warn|stop",
                choices=("warn", "stop"),
            ),
            Option(
                "--pdf", Text("各ページの PDF も作る(ブラウザーが必要)", "a PDF beside each page (needs a browser)")
            ),
            Option(
                "--notify",
                Text(
                    "結果(JSON)を標準入力で受け取るコマンド。失敗したときも呼ばれる",
                    "a command that is given how it went (JSON on standard input), also where it failed",
                ),
                "text",
                "COMMAND",
            ),
            Option(
                "--mail",
                Text("結果を知らせるメールのファイル(.eml)", "a mail file (.eml) that says how it went"),
                "file",
                "FILE",
            ),
            MAX_QUARANTINE,
        ),
        (Argument("REPORT", Text("レポートの名前(省略時はすべて)", "reports by name (default: all)"), many=True),),
        (
            Example("playbook run --out reports", Text("すべてのレポート", "all reports")),
            Example(
                "playbook run weekly_due_actions --each client",
                Text("企業ごとの月曜リスト", "the Monday list per client"),
            ),
        ),
    ),
    Command(
        "verify",
        Text("同じ入力から同じレポートができるかを確かめる", "make a run again and compare byte for byte"),
        "reports:verify",
        (
            Option(
                "--workspace",
                Text("入力の場所が変わったとき", "where the input is, if it has moved"),
                "text",
                "DIR|FILE|URL",
            ),
            LANG,
        ),
        (Argument("MANIFEST", Text("実行の記録(manifest.json)", "the record of a run (manifest.json)")),),
        (Example("playbook verify reports/manifest.json", Text("再現の確認", "is it reproducible?")),),
    ),
    Command(
        "drafts",
        Text("期限のある行動のメール下書き(送信はしない)", "mail drafts for due actions (nothing is sent)"),
        "making:drafts",
        (
            *_ASK,
            HORIZON,
            Option(
                "--out",
                Text("書き出すフォルダー(省略時は drafts/)", "folder to write to (default: drafts/)"),
                "file",
                "DIR",
            ),
            Option("--all", Text("先の期限や待ち期間中のものも", "also what is due later or waiting")),
        ),
        examples=(
            Example(
                "playbook drafts --out 下書き", Text("お礼や状況確認の文面を用意する", "prepare thanks, reminders, ...")
            ),
        ),
    ),
    Command(
        "init",
        Text("新しいワークスペースを作る", "a new workspace: tables, settings, a guide"),
        "making:init",
        (
            LANG,
            Option(
                "--playbook",
                Text("編集用に写す組み込みの手順書(何度でも)", "copy a built-in playbook to edit (repeatable)"),
                "text",
                "ID",
                many=True,
            ),
            Option(
                "--sheet", Text("目標管理シート(Excel の記入票)も作る", "with a goal sheet, an Excel form to fill in")
            ),
        ),
        (Argument("DIR", Text("作るフォルダー", "the folder to make")),),
        (
            Example(
                "playbook init 応募データ", Text("空の表と設定と手引きを作る", "empty tables, settings and a guide")
            ),
            Example(
                "playbook init ./agency --playbook joins-selection",
                Text("手順書を写して直す", "with a playbook to edit"),
            ),
        ),
    ),
    Command(
        "import",
        Text("ほかのシステムの書き出しを取り込む", "exports of other systems into a workspace"),
        "making:import_",
        (
            Option(
                "--map",
                Text("列と値の対応を書いたファイル", "the file that says what columns and values mean"),
                "file",
                "FILE",
            ),
            Option(
                "--output",
                Text("書き込むワークスペース", "the workspace to write to"),
                "file",
                "WORKSPACE",
                short="-o",
            ),
            Option(
                "--guess",
                Text(
                    "対応の案を作る(取り込まない。--map があればそこへ)", "propose such a file (into --map, if given)"
                ),
            ),
            Option(
                "--ask",
                Text(
                    "見出しと値から読み方を決め、分からないことだけを尋ねる",
                    "read it by its headers and values, and ask what only you can say",
                ),
            ),
            Option(
                "--answers",
                Text("書き込んだ「確認」のExcel", "the filled sheet of questions"),
                "file",
                "FILE",
            ),
            Option(
                "--taken",
                Text("いつの書き出しか(省略時はいま)", "when it was exported (default: now)"),
                "moment",
                "DATE",
            ),
            Option("--backlog", Text("新しい行も、前からわかっていたものとする", "new rows were always known")),
            Option(
                "--complete",
                Text("全件の書き出し。ない行は消えたとする", "it is whole: what is missing is gone"),
            ),
            Option("--replace", Text("足すのでなく、表を置き換える", "replace the tables instead of adding to them")),
            Option("--dry-run", Text("書き込まず、読み方だけを言う", "write nothing, only say how it is read")),
            MAX_QUARANTINE,
            LANG,
        ),
        (Argument("FILE", Text("書き出したファイル、またはフォルダー", "exported files or folders"), many=True),),
        (
            Example(
                "playbook import 応募者.csv --map mapping.toml -o 応募データ",
                Text("列の対応を決めて取り込む", "by a mapping"),
            ),
            Example(
                "playbook import greenhouse.json --dry-run", Text("どう読まれるかだけを見る", "only see how it is read")
            ),
        ),
    ),
    Command(
        "answer",
        Text("対応への回答を記録する(済・不要・後日)", "say of due actions what was done, put off or not needed"),
        "answering:answer",
        (
            WORKSPACE,
            Option("--until", Text("いつまで延ばすか(later のとき)", "put off to this day (later)"), "moment", "DATE"),
            Option("--waiting-on", Text("誰を待っているか", "who is waited for"), "text", "SIDE"),
            Option("--trigger-at", Text("この起点への回答に限る", "to the action of this trigger"), "text", "MOMENT"),
            Option("--note", Text("理由やメモ", "why, or a note"), "text", "TEXT"),
            Option("--by", Text("誰の回答か", "whose answer it is"), "text", "PERSON"),
            Option("--taken", Text("いつの回答か(省略時はいま)", "when it was said (default: now)"), "moment", "DATE"),
            PLAYBOOK,
            LANG,
        ),
        (
            Argument(
                "WHAT",
                Text("書き込んだ一覧(Excel)、または 案件 ルール 回答", "filled lists (Excel), or CASE RULE ANSWER"),
                many=True,
            ),
        ),
        (
            Example("playbook answer 一覧.xlsx --workspace 応募データ", Text("書き込んだ一覧を読む", "a filled list")),
            Example(
                "playbook answer J-137 notify-applicants later --until 2026-12-01 --workspace 応募データ",
                Text("一つの対応を後日にする", "put one action off"),
            ),
        ),
    ),
    Command(
        "handover",
        Text("担当の引き継ぎ: 約束・待ち・先の日付", "what goes from one person to another"),
        "handing:handover",
        (
            *_ASK,
            Option("--from", Text("引き継ぐ人", "who hands over"), "text", "PERSON"),
            Option("--to", Text("引き受ける人", "who takes over"), "text", "PERSON"),
            Option("--on", Text("いつから", "from which day on"), "moment", "DATE"),
            _table("promises", "answers", "dates", "assignments"),
            Option("--out", Text("ご挨拶の下書きを書くフォルダー", "folder for drafts that introduce"), "file", "DIR"),
            Option("--write", Text("assignments に書き込む", "write it into the assignments")),
        ),
        examples=(
            Example(
                "playbook handover --from 佐藤 --to 田中 --on 2026-12-01 --workspace 応募データ",
                Text("何が引き継がれるか", "what goes over"),
            ),
        ),
    ),
    Command(
        "simulate",
        Text("架空の会社のデータを作る", "the data of an invented firm, with the truth about it"),
        "making:simulate",
        (
            Option("--seed", Text("同じ数なら同じデータ", "the same number, the same data"), "count", "N"),
            Option("--clients", Text("企業の数", "how many clients"), "count", "N"),
            Option("--months", Text("何か月分か", "months of history"), "count", "N"),
            Option("--until", Text("最後の日", "the last day"), "moment", "DATE"),
            Option(
                "--cases",
                Text("手順書ごとの案件の数(何度でも)", "how many cases of a playbook (repeatable)"),
                "change",
                "PLAYBOOK=N",
                many=True,
            ),
            Option("--clean", Text("わざと壊した行を入れない", "without the rows that are broken on purpose")),
            Option("--force", Text("あるデータに上書きする", "write over what is there")),
            LANG,
        ),
        (Argument("DIR", Text("作るフォルダー", "the folder to make")),),
        (Example("playbook simulate 練習用 --seed 7", Text("練習用のデータ", "data to practise on")),),
    ),
)


def command_names() -> list[str]:
    """The names of all commands, in the order of the menu."""
    return [command.name for command in COMMANDS]
