"""One bank, two clients, five placements, written by hand, for the tests of the follow-up.

The day that is asked for is Friday 20 November 2026. P-1 joined on 11 May and has had its six-month review.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

AS_OF = "2026-11-20"
BOOK = "placement-followup"
Row = dict[str, Any]

CLIENTS = [
    {"client_id": "K-1", "name": "青葉精機", "segment": "製造"},
    {"client_id": "K-2", "name": "若葉フーズ", "segment": "食品"},
]
CASES: list[Row] = [
    {"case_id": "P-1", "client_id": "K-1", "subject": "森田 健", "position": "生産管理部長", "joins_on": "2026-05-11",
     "route": "本部紹介", "hiring_decision": "owner_alone", "management_issue": "納期遅れを減らす"},
    {"case_id": "P-2", "client_id": "K-2", "subject": "井上 直子", "position": "経理部長", "joins_on": "2026-06-01",
     "route": "本部紹介", "hiring_decision": "shared", "management_issue": "月次決算を早める"},
    {"case_id": "P-3", "client_id": "K-2", "subject": "高木 誠", "position": "工場長", "joins_on": "2026-02-02",
     "route": "支店紹介", "hiring_decision": "shared", "management_issue": "歩留まりを上げる"},
    {"case_id": "P-4", "client_id": "K-1", "subject": "原 悠", "position": "営業部長", "joins_on": "2027-01-05",
     "route": "支店紹介", "hiring_decision": "shared", "management_issue": "新しい販路を開く"},
    {"case_id": "P-5", "client_id": "K-1", "subject": "岡 太一", "position": "人事課長", "joins_on": "2026-03-02",
     "route": "支店紹介", "hiring_decision": "shared", "management_issue": "評価制度を作る"},
]  # fmt: skip
EVENTS: Mapping[str, Sequence[str]] = {
    "P-1": (
        "2026-03-02 10:00 offer_made", "2026-03-09 10:00 offer_accepted", "2026-03-12 10:00 followup_started",
        "2026-03-13 10:00 site_visit_arranged", "2026-03-20 10:00 executive_talk_held",
        "2026-03-23 10:00 site_talk_held", "2026-04-06 10:00 site_visit_held",
        "2026-04-10 10:00 expectations_shared expected_talk=部門をまたぐ会話が増える",
        "2026-04-13 10:00 countermeasures_prepared", "2026-04-15 10:00 action_plan_agreed",
        "2026-04-30 10:00 followup_team_formed",
        "2026-04-24 10:00 contact_routes_agreed place_of_resolution=三者の面談",
        "2026-04-24 11:00 company_channel_set_up", "2026-04-24 12:00 hire_channel_set_up",
        "2026-05-07 10:00 mission_shared mission=納期を守れる工場にする support=毎月の面談",
        "2026-05-08 10:00 goals_agreed goal_form=sheet issue_goal=納期遅れを半分にする goal_period=2026年5月から11月",
        "2026-05-11 09:00 joined", "2026-06-09 10:00 company_review_held", "2026-06-10 10:00 hire_review_held",
        "2026-06-12 10:00 change_shared change_seen=朝会で話す人が増えた", "2026-07-01 10:00 concern_raised",
        "2026-07-03 10:00 concern_resolved", "2026-08-06 10:00 company_review_held",
        "2026-08-07 10:00 hire_review_held", "2026-11-06 10:00 six_month_review_held issue_progress=半分まで減った",
        "2026-11-10 10:00 change_shared change_seen=計画を全員で見るようになった",
    ),
    "P-2": (
        "2026-04-01 10:00 offer_made", "2026-04-08 10:00 offer_accepted", "2026-04-10 10:00 followup_started",
        "2026-06-01 09:00 joined", "2026-06-04 10:00 goals_agreed goal_form=memo issue_goal=月次を10日早める "
        "goal_period=2026年6月から12月", "2026-06-29 10:00 company_review_held",
    ),
    "P-3": (
        "2026-01-05 10:00 offer_made", "2026-01-08 10:00 offer_accepted", "2026-02-02 09:00 joined",
        "2026-03-01 10:00 hire_review_held", "2026-06-20 10:00 left reason=家庭の事情",
    ),
    "P-4": ("2026-11-02 10:00 offer_made", "2026-11-09 10:00 offer_accepted", "2026-11-11 10:00 followup_started"),
    "P-5": ("2026-02-02 10:00 offer_made", "2026-02-06 10:00 offer_accepted", "2026-03-02 09:00 joined",
            "2026-04-02 10:00 company_review_held", "2026-05-29 10:00 dismissed"),
}  # fmt: skip
MILESTONES: list[Row] = [
    {"case_id": "P-1", "milestone": "遅れの原因を表にする", "track": "issue", "starts_on": "2026-05-11",
     "due_on": "2026-06-30", "achieved_on": "2026-06-25", "status": "achieved", "evidence": "原因表"},
    {"case_id": "P-1", "milestone": "計画会議を毎週ひらく", "track": "issue", "starts_on": "2026-07-01",
     "due_on": "2026-08-31", "achieved_on": "2026-09-11"},
    {"case_id": "P-1", "milestone": "納期遅れを半分にする", "track": "issue", "starts_on": "2026-08-01",
     "due_on": "2026-11-10", "note": "部品の欠品が残る"},
    {"case_id": "P-1", "milestone": "各課長と月に一度話す", "track": "hire", "starts_on": "2026-05-11",
     "due_on": "2026-11-30", "status": "at_risk"},
    {"case_id": "P-1", "milestone": "若手を一人育てる", "track": "hire", "starts_on": "2026-10-01",
     "due_on": "2027-03-31"},
    {"case_id": "P-2", "milestone": "締め日の作業を半分に", "track": "issue", "starts_on": "2026-06-01",
     "due_on": "2026-12-15"},
    {"case_id": "P-2", "milestone": "資格をとる", "track": "hire", "due_on": "2027-02-28", "status": "dropped"},
]  # fmt: skip
VOICES: list[Row] = [
    {"case_id": "P-1", "side": "company", "held_on": "2026-05-20", "topic": "期待への応え方", "score": "4",
     "note": "現場をよく見て回っている", "shareable": "yes"},
    {"case_id": "P-1", "side": "hire", "held_on": "2026-05-21", "topic": "期待への応え方", "score": "4",
     "note": "任された範囲がはっきりした", "shareable": "yes"},
    {"case_id": "P-1", "side": "hire", "held_on": "2026-05-21", "topic": "人との関係", "score": "2",
     "note": "相談できる人がまだいない", "shareable": "no"},
    {"case_id": "P-1", "side": "company", "held_on": "2026-11-05", "topic": "期待への応え方", "score": "5",
     "note": "会議の進め方が変わった", "shareable": "yes"},
    {"case_id": "P-1", "side": "company", "held_on": "2026-11-05", "topic": "待遇", "score": "3",
     "note": "来期の処遇は迷っている", "shareable": "no"},
    {"case_id": "P-1", "side": "hire", "held_on": "2026-11-05", "topic": "期待への応え方", "score": "3",
     "note": "任される範囲を広げたい", "shareable": "yes"},
    {"case_id": "P-1", "side": "hire", "held_on": "2026-11-25", "topic": "人との関係", "score": "5",
     "note": "まだ言われていない", "shareable": "yes"},
]  # fmt: skip
CONSENTS: list[Row] = [
    {"case_id": "P-1", "side": "company", "to": "hire", "given_on": "2026-05-20", "how": "書面"},
    {"case_id": "P-1", "side": "hire", "to": "company", "given_on": "2026-05-21", "how": "書面"},
]
PROPOSALS: list[Row] = [
    {"client_id": "K-1", "issue": "在庫の見える化", "case_id": "P-1", "proposed_on": "2026-11-12",
     "status": "proposed", "amount": "1200000"},
    {"client_id": "K-1", "issue": "設備資金", "proposed_on": "2026-09-01", "status": "won", "amount": "3000000"},
    {"client_id": "K-2", "issue": "事業承継", "proposed_on": "2026-12-01", "status": "proposed", "amount": "500000"},
]  # fmt: skip
ASSIGNMENTS: list[Row] = [
    {"role": "relationship_manager", "person": "銀行の佐伯", "client_id": "K-1"},
    {"role": "relationship_manager", "person": "銀行の三宅", "client_id": "K-2"},
    {"role": "owner", "person": "青葉社長", "client_id": "K-1"},
    {"role": "hire", "person": "森田 健", "case_id": "P-1"},
]
CLOSURES = [{"date": "2026-08-14", "name": "夏季休業", "client_id": "K-1"}]


def event(case_id: str, line: str) -> Row:
    """One event as a line: day, time, activity, cells."""
    day, time, activity, *cells = line.split()
    return {"case_id": case_id, "activity": activity, "timestamp": f"{day} {time}"} | dict(
        cell.split("=", 1) for cell in cells
    )


def frame(rows: Sequence[Row]) -> pl.DataFrame:
    """Cells as a CSV holds them: text, or nothing."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return pl.DataFrame([[row.get(c) for c in columns] for row in rows], schema=dict.fromkeys(columns, pl.String),
                        orient="row")  # fmt: skip


def rows() -> dict[str, list[Row]]:
    """The tables as rows of cells."""
    return {
        "cases": [{"playbook": BOOK, **case} for case in CASES],
        "events": [event(case, line) for case, lines in EVENTS.items() for line in lines],
        "clients": [*CLIENTS],
        "milestones": [*MILESTONES],
        "voices": [*VOICES],
        "consents": [*CONSENTS],
        "proposals": [*PROPOSALS],
        "assignments": [*ASSIGNMENTS],
        "closures": [*CLOSURES],
    }


def write(folder: Path, tables: Mapping[str, Sequence[Row]]) -> Path:
    """The tables as a folder of CSV files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, cells in tables.items():
        frame(cells).write_csv(folder / f"{name}.csv")
    return folder
