"""What codes are called: columns, statuses, kinds and bases in Japanese and English, as data.

Codes flow through the whole house and get their names here, once, at the edge. The names of rules, roles,
stages, activities and planned dates are not here: each playbook brings its own (`name_in`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from playbook.rulebook import Playbook
from playbook.text import Lang, Text

STATUSES: Mapping[str, Text] = {
    "overdue": Text("期限超過", "Overdue"),
    "due_today": Text("本日期限", "Due today"),
    "due_soon": Text("期限間近", "Due soon"),
    "upcoming": Text("今後", "Upcoming"),
    "waiting": Text("開始待ち", "Waiting"),
    "met": Text("期限内に完了", "Met"),
    "met_late": Text("遅れて完了", "Met late"),
    "void": Text("不要になった", "No longer needed"),
    "lapsed": Text("自動終了", "Lapsed"),
    "closed_late": Text("未実施のまま終了", "Closed without it"),
}
"""The ten statuses of a due action (DESIGN section 4), the most urgent first."""

OPEN_STATUSES = ("overdue", "due_today", "due_soon", "upcoming", "waiting")
"""The statuses in which somebody still owes something."""

COLUMNS: Mapping[str, Text] = {
    # due actions
    "playbook": Text("手順書", "Playbook"),
    "rule_id": Text("ルール", "Rule"),
    "rule": Text("すること", "What is owed"),
    "why": Text("理由", "Why"),
    "case_id": Text("案件番号", "Case"),
    "case": Text("案件", "Case"),
    "client_id": Text("取引先", "Client"),
    "client": Text("取引先", "Client"),
    "opening_id": Text("募集", "Opening"),
    "role": Text("役割", "Role"),
    "owner": Text("担当者", "Owner"),
    "trigger": Text("起点", "Trigger"),
    "trigger_at": Text("起点の日時", "Triggered at"),
    "opened_at": Text("開始", "Opened at"),
    "due_at": Text("期限", "Due"),
    "due": Text("期限", "Due"),
    "act_by": Text("実施日の目安", "Act by"),
    "days_left": Text("残り", "Days left"),
    "fulfilled_at": Text("完了日時", "Fulfilled at"),
    "voided_at": Text("不要になった日時", "Voided at"),
    "status": Text("状態", "Status"),
    "entry": Text("回", "Entry"),
    "subject": Text("対象者", "Subject"),
    "position": Text("職種", "Position"),
    "basis": Text("根拠", "Basis"),
    "fact": Text("出典", "Source"),
    "channel": Text("手段", "Channel"),
    "template": Text("下書き", "Draft"),
    "change": Text("変化", "Change"),
    "before": Text("前回", "Before"),
    "after": Text("今回", "Now"),
    # tables of a workspace
    "name": Text("名称", "Name"),
    "title": Text("件名", "Title"),
    "segment": Text("区分", "Segment"),
    "activity": Text("できごと", "Activity"),
    "timestamp": Text("日時", "Time"),
    "recorded_at": Text("記録日時", "Recorded at"),
    "resource": Text("実施者", "Done by"),
    "person": Text("担当者", "Person"),
    "reason": Text("理由", "Reason"),
    "note": Text("備考", "Note"),
    "milestone": Text("目標", "Milestone"),
    "track": Text("区分", "Track"),
    "starts_on": Text("開始日", "Starts on"),
    "due_on": Text("期日", "Due on"),
    "achieved_on": Text("達成日", "Achieved on"),
    "evidence": Text("裏づけ", "Evidence"),
    "side": Text("立場", "Side"),
    "held_on": Text("面談日", "Held on"),
    "topic": Text("話題", "Topic"),
    "score": Text("評点", "Score"),
    "shareable": Text("共有可", "Shareable"),
    "issue": Text("課題", "Issue"),
    "proposed_on": Text("提案日", "Proposed on"),
    "amount": Text("金額", "Amount"),
    "answered_on": Text("回答日", "Answered on"),
    "question": Text("質問", "Question"),
    "comment": Text("コメント", "Comment"),
    "worked_on": Text("作業日", "Worked on"),
    "minutes": Text("時間", "Time"),
    "date": Text("日付", "Date"),
    # what was read, and what was refused
    "table": Text("表", "Table"),
    "row": Text("行", "Row"),
    "column": Text("列", "Column"),
    "value": Text("値", "Value"),
    "read": Text("読み込み", "Read"),
    "accepted": Text("使用", "Accepted"),
    "quarantined": Text("保留", "Quarantined"),
    # violations and rules
    "kind": Text("種類", "Kind"),
    "id": Text("項目", "Item"),
    "at": Text("日時", "At"),
    "detail": Text("内容", "Detail"),
    "wait": Text("待つ期間", "Wait"),
    "until": Text("完了の条件", "Until"),
    "unless": Text("不要になる条件", "Unless"),
    "falls_to": Text("不在時の役割", "Falls to"),
    "phase": Text("局面", "Phase"),
    "duty": Text("務め", "Duty"),
    "source": Text("出典", "Source"),
    # figures
    "stage": Text("段階", "Stage"),
    "outcome": Text("結末", "Outcome"),
    "group": Text("区分", "Group"),
    "entered": Text("到達", "Entered"),
    "advanced": Text("通過", "Advanced"),
    "lost": Text("離脱", "Lost"),
    "open": Text("進行中", "Open"),
    "rate": Text("通過率", "Rate"),
    "share": Text("割合", "Share"),
    "interval": Text("95%区間", "95% interval"),
    "ci_low": Text("下限(95%)", "Lower 95%"),
    "ci_high": Text("上限(95%)", "Upper 95%"),
    "low": Text("下限(95%)", "Lower 95%"),
    "high": Text("上限(95%)", "Upper 95%"),
    "median_days": Text("日数の中央値", "Median days"),
    "time_days": Text("経過日数", "Days"),
    "survival": Text("継続率", "Still there"),
    "at_risk": Text("対象件数", "At risk"),
    "incidence": Text("累積発生率", "Cumulative incidence"),
    "target": Text("行き先", "To"),
    "n": Text("件数", "Count"),
    "lane": Text("系列", "Lane"),
    "label": Text("項目", "Item"),
    "start": Text("開始", "Start"),
    "end": Text("終了", "End"),
    "week": Text("週", "Week"),
    "period": Text("期間", "Period"),
    "cycle": Text("サイクル", "Cycle"),
    "done": Text("実施", "Done"),
    "capacity": Text("使える時間", "Capacity"),
    "load": Text("負荷", "Load"),
    "p_value": Text("p値", "p-value"),
    "benchmark": Text("基準値", "Benchmark"),
}
"""Heads of columns; a column of the user's own keeps its name."""

VALUES: Mapping[str, Mapping[str, Text]] = {
    "status": {
        **STATUSES,
        "planned": Text("計画中", "Planned"),
        "on_track": Text("順調", "On track"),
        "at_risk": Text("要注意", "At risk"),
        "slipping": Text("遅延", "Slipping"),
        "achieved": Text("達成", "Achieved"),
        "achieved_late": Text("遅れて達成", "Achieved late"),
        "done": Text("完了", "Done"),
        "done_late": Text("遅れて完了", "Done late"),
        "missed": Text("未達", "Missed"),
        "dropped": Text("取りやめ", "Dropped"),
        "proposed": Text("提案済み", "Proposed"),
        "won": Text("受注", "Won"),
        "lost": Text("失注", "Lost"),
        "stayed": Text("在籍", "Stayed"),
        "left": Text("退職", "Left"),
        "unknown": Text("不明", "Unknown"),
    },
    "basis": {
        "stated": Text("原典に明記", "Stated in the source"),
        "recommended": Text("原典の推奨", "Recommended by the source"),
        "ours": Text("当方の目安", "Our own figure"),
    },
    "kind": {
        "won": Text("成約", "Won"),
        "rejected": Text("不合格", "Rejected"),
        "declined": Text("辞退", "Declined"),
        "lapsed": Text("期限切れ", "Lapsed"),
        "advanced": Text("通過", "Advanced"),
        "open": Text("進行中", "Open"),
        "precedence": Text("順序の違反", "Out of order"),
        "participation": Text("参加者の不足", "Missing participant"),
        "checklist": Text("記入もれ", "Missing item"),
        "accepted": Text("承諾者", "Accepted"),
        "internal": Text("社内", "Internal"),
        "plan": Text("計画", "Plan"),
        "milestone": Text("目標", "Milestone"),
        "contact": Text("接点", "Contact"),
        "event": Text("できごと", "Event"),
        "due": Text("期限", "Due"),
        "done": Text("実施", "Done"),
        "late": Text("遅れ", "Late"),
        "holiday": Text("休日", "Holiday"),
        "company": Text("企業", "Company"),
        "hire": Text("入社者", "Hire"),
    },
    "side": {
        "client": Text("企業", "Client"),
        "agency": Text("紹介会社", "Agency"),
        "bank": Text("銀行", "Bank"),
        "candidate": Text("候補者", "Candidate"),
        "company": Text("企業", "Company"),
        "hire": Text("入社者", "Hire"),
    },
    "track": {
        "issue": Text("経営課題", "Management issue"),
        "hire": Text("入社者の目標", "The hire's goals"),
    },
    "channel": {
        "mail": Text("メール", "Mail"),
        "phone": Text("電話", "Phone"),
        "chat": Text("チャット", "Chat"),
        "visit": Text("訪問", "Visit"),
        "meeting": Text("面談", "Meeting"),
        "online": Text("オンライン", "Online"),
        "sheet": Text("シート", "Sheet"),
        "admin_screen": Text("管理画面", "Admin screen"),
    },
    "change": {
        "new": Text("新規", "New"),
        "resolved": Text("解消", "Resolved"),
        "worse": Text("悪化", "Worse"),
        "same": Text("変化なし", "Unchanged"),
    },
    "table": {
        "events": Text("できごと", "Events"),
        "cases": Text("案件", "Cases"),
        "openings": Text("募集", "Openings"),
        "clients": Text("取引先", "Clients"),
        "assignments": Text("担当割り当て", "Assignments"),
        "milestones": Text("目標", "Milestones"),
        "voices": Text("双方の声", "Voices"),
        "proposals": Text("提案", "Proposals"),
        "surveys": Text("アンケート", "Surveys"),
        "worklog": Text("作業記録", "Work log"),
        "closures": Text("休業日", "Closures"),
    },
    "shareable": {"true": Text("可", "Yes"), "false": Text("不可", "No")},
}
"""Codes of a closed set, by the column they stand in; any other value is shown as it is."""

ABSENT: Mapping[str, Text] = {
    "owner": Text("未割り当て", "Unassigned"),
    "person": Text("未割り当て", "Unassigned"),
}
"""What an empty cell means, where that is more than nothing."""


def column(id: str, lang: Lang = "ja") -> str:
    """The head of a column.

    >>> column("days_left"), column("days_left", "en"), column("学歴")
    ('残り', 'Days left', '学歴')
    """
    return _said(COLUMNS.get(id), id, lang)


def value(of: str, code: str, lang: Lang = "ja") -> str:
    """What a code in the column `of` is called; a value of the user's own stays as it is.

    >>> value("status", "overdue"), value("basis", "ours", "en"), value("status", "保留")
    ('期限超過', 'Our own figure', '保留')
    """
    return _said(VALUES.get(of, {}).get(code), code, lang)


def absent(of: str, lang: Lang = "ja") -> str:
    """What an empty cell of a column says.

    >>> absent("owner"), absent("note")
    ('未割り当て', '')
    """
    return _said(ABSENT.get(of), "", lang)


def name_in(playbook: Playbook, of: str, code: str) -> Text | None:
    """What the playbook calls a code of the column `of`; None where it has no such name.

    >>> from playbook.rulebook import Activity
    >>> applied = Activity("applied", Text("応募", "Applied"))
    >>> book = Playbook("b", Text("選考", "Selection"), activities=(applied,))
    >>> name_in(book, "trigger", "applied")
    Text(ja='応募', en='Applied')
    """
    if of == "playbook":
        return playbook.name if playbook.id == code else None
    if of in {"role", "falls_to", "to"}:
        return _named(playbook.roles, code)
    if of in {"stage", "source", "target"}:
        return _named((*playbook.stages, *playbook.outcomes), code)
    if of == "outcome":
        return _named(playbook.outcomes, code)
    if of in {"rule", "rule_id", "id"}:
        return _named((*playbook.rules, *playbook.precedences, *playbook.participations, *playbook.checklists), code)
    if of == "template":
        return _named(playbook.templates, code)
    if of in {"activity", "trigger", "record"}:
        return _named((*playbook.activities, *playbook.dates), code)
    return None


class _Noun(Protocol):
    """What every noun of a playbook has."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> Text: ...


def _named(nouns: Iterable[_Noun], code: str) -> Text | None:
    return next((noun.name for noun in nouns if noun.id == code), None)


def _said(text: Text | None, otherwise: str, lang: Lang) -> str:
    return otherwise if text is None else text.say(lang)
