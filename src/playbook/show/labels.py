"""What codes are called: columns, statuses, kinds and bases in Japanese and English, as data.

Codes flow through the whole house and get their names here, once, at the edge. The names of rules, roles,
stages, activities and planned dates are not here: each playbook brings its own (`name_in`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from playbook.rules.nouns import Playbook
from playbook.words.text import Lang, Text

STATUSES: Mapping[str, Text] = {
    "overdue": Text("期限超過", "Overdue"),
    "due_today": Text("本日期限", "Due today"),
    "due_soon": Text("期限間近", "Due soon"),
    "upcoming": Text("今後", "Upcoming"),
    "waiting": Text("開始待ち", "Waiting"),
    "postponed": Text("延期中", "Put off"),
    "paused": Text("停止中", "Clock stopped"),
    "met": Text("期限内に完了", "Met"),
    "met_late": Text("遅れて完了", "Met late"),
    "void": Text("不要になった", "No longer needed"),
    "lapsed": Text("自動終了", "Lapsed"),
    "closed_late": Text("未実施のまま終了", "Closed without it"),
}
"""The twelve statuses of a due action (DESIGN section 4), the most urgent first."""

OPEN_STATUSES = ("overdue", "due_today", "due_soon", "upcoming", "waiting", "postponed", "paused")
"""The statuses in which somebody still owes something."""

COLUMNS: Mapping[str, Text] = {
    # due actions
    "playbook": Text("手順書", "Playbook"),
    "rule_id": Text("ルール", "Rule"),
    "rule": Text("すること", "What is owed"),
    "why": Text("理由", "Why"),
    "because": Text("なぜ", "Why"),
    "ends": Text("片付くのは", "Ends when"),
    "counted": Text("日数の数え方", "How it is counted"),
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
    "part": Text("いつ", "When"),
    "tonight": Text("今夜、自動終了", "Ends tonight"),
    "today": Text("本日", "Today"),
    "soon": Text("7日以内", "Within 7 days"),
    "decide": Text("要判断", "To decide"),
    "later": Text("その先", "Later"),
    "outlived": Text("できない理由", "Why it cannot be done"),
    "whys": Text("理由", "Why"),
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
    "shareable": Text("共有", "Shared with"),
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
    "code": Text("分類", "Code"),
    # violations and rules
    "kind": Text("種類", "Kind"),
    "id": Text("項目", "Item"),
    "at": Text("日時", "At"),
    "detail": Text("内容", "Detail"),
    "number": Text("期間", "Number"),
    "derived": Text("自動の記録", "By the clock"),
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
    "rate": Text("率", "Rate"),
    "share": Text("割合", "Share"),
    "interval": Text("95%区間", "95% interval"),
    "ci_low": Text("下限(95%)", "Lower 95%"),
    "ci_high": Text("上限(95%)", "Upper 95%"),
    "low": Text("下限(95%)", "Lower 95%"),
    "high": Text("上限(95%)", "Upper 95%"),
    "median_days": Text("日数の中央値", "Median days"),
    "time_days": Text("経過日数", "Days"),
    "survival": Text("残っている割合", "Still there"),
    "at_risk": Text("対象件数", "At risk"),
    "incidence": Text("累積発生率", "Cumulative incidence"),
    "target": Text("行き先", "To"),
    "n": Text("件数", "Count"),
    "followed": Text("フォロー中", "Followed now"),
    "people": Text("人数", "People"),
    "with_contact": Text("接点の記録がある辞退", "Declines with any contact"),
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
    "p_corrected": Text("p値(補正後)", "p-value, corrected"),
    "benchmark": Text("基準値", "Benchmark"),
    "verdict": Text("判定", "Verdict"),
    # forecast
    "median": Text("見込み(中央値)", "Median"),
    "low80": Text("80%の幅: 下", "80% band, low"),
    "high80": Text("80%の幅: 上", "80% band, high"),
    "low95": Text("95%の幅: 下", "95% band, low"),
    "high95": Text("95%の幅: 上", "95% band, high"),
    "open_cases": Text("進行中の案件", "Open cases"),
    "made_on": Text("見込んだ日", "Made on"),
    "came": Text("実際", "Came"),
    "made": Text("答えの出た見込み", "Forecasts come due"),
    "inside80": Text("80%の幅に入った数", "Inside the 80% band"),
    "inside95": Text("95%の幅に入った数", "Inside the 95% band"),
    "factor": Text("幅の倍率", "Bands widened by"),
    "fewer": Text("少なくなる辞退", "Fewer declines"),
    "ahead": Text("これから期限の来る件数", "Still to fall due"),
    "late_share": Text("遅れる割合", "Share late"),
    "announced": Text("決まっている件数", "Known already"),
    "usual": Text("同じ段階のいつもの率", "Usual of the same stages"),
    "pooled": Text("件数の少なさを割り引いた率", "Rate, allowing for few cases"),
    "low998": Text("99.8%の範囲: 下", "99.8% limits, low"),
    "high998": Text("99.8%の範囲: 上", "99.8% limits, high"),
    "at_stake": Text("遅れたときの辞退の差", "At stake when late"),
    "left_over": Text("枠に入らない件数", "Do not fit"),
    "stake_left": Text("入らない分の辞退の差", "At stake in those"),
    "slot_holds": Text("30分増やせば入る件数", "30 minutes more would hold"),
    "slot_saves": Text("その分の辞退の差", "At stake in those held"),
    # limits
    "started": Text("始まった回数", "Started"),
    "unit": Text("単位", "Unit"),
    "p50": Text("半数が終わるまで", "Half done within"),
    "p80": Text("8割が終わるまで", "80% done within"),
    "p90": Text("9割が終わるまで", "90% done within"),
    "limit": Text("手順書の期限", "Limit in the book"),
    "limit_80": Text("8割が守れる期限", "Limit that 80% would keep"),
    "limit_90": Text("9割が守れる期限", "Limit that 90% would keep"),
    "late_n": Text("遅れた件数", "Late"),
    "kept_n": Text("守れた件数", "Kept"),
    "effect": Text("遅れたときの辞退の差", "Lost to decline, late minus kept"),
    "effect_low": Text("差の下限", "Difference, low"),
    "effect_high": Text("差の上限", "Difference, high"),
    "own": Text("そのルールだけで見た差", "Difference, from the rule alone"),
    "within_days": Text("期限から見通せる日数", "Days seen from the due"),
    "days_past": Text("期限からの日数", "Days past the due"),
    "needs": Text("判断に要る件数", "Number that would tell"),
    "dues": Text("期限の数", "Dues in the list"),
    "first": Text("先のできごと", "First"),
    "then": Text("後のできごと", "Then"),
    "support": Text("全案件に占める割合", "Share of all cases"),
    "confidence": Text("この順だった割合", "In this order"),
    "expected": Text("偶然ならこうなる割合", "By chance"),
    "too_few": Text("件数不足", "Too few"),
    # funnel and waiting
    "reached_at": Text("到達日時", "Reached at"),
    "arrived_at": Text("最初の段階に入った日時", "Arrived at"),
    "left_at": Text("段階を出た日時", "Left at"),
    "started_at": Text("開始日時", "Started at"),
    "ended_at": Text("終了日時", "Ended at"),
    "ended": Text("終わり方", "Ended"),
    "outcome_kind": Text("結末の種類", "Kind of outcome"),
    "outcome_at": Text("結末の日時", "Outcome at"),
    "elapsed": Text("経過時間", "Elapsed"),
    "since": Text("始まり", "Since"),
    "waited_for": Text("待った相手", "Waited for"),
    "candidate": Text("候補者", "Candidate"),
    "agency": Text("紹介会社", "Agency"),
    "closed": Text("休業日", "Closed days"),
    "idle": Text("誰の番でもない時間", "Nobody's turn"),
    "cases": Text("案件数", "Cases"),
    "rules": Text("ルール数", "Rules"),
    "clients": Text("取引先数", "Clients"),
    "roles": Text("役割数", "Roles"),
    "total": Text("合計", "Total"),
    "days_per_case": Text("1件あたりの日数", "Days per case"),
    "days": Text("日数", "Days"),
    "censored": Text("打ち切り", "Censored"),
    "left": Text("離れた件数", "Left"),
    "arrival_entered": Text("応募時期: 到達", "By arrival: entered"),
    "arrival_rate": Text("応募時期: 率", "By arrival: rate"),
    "step_entered": Text("発生時期: 到達", "By step: entered"),
    "step_rate": Text("発生時期: 率", "By step: rate"),
    "snapshot_open": Text("現時点: 進行中", "Snapshot: open"),
    # declines
    "moment": Text("時点", "Moment"),
    "reasons": Text("理由", "Reasons"),
    "last_contact_at": Text("最後の接点", "Last contact"),
    "gap_days": Text("最後の接点からの日数", "Days since the last contact"),
    "longest_gap_days": Text("接点の空いた最長日数", "Longest gap"),
    "slow": Text("3日以上の空き", "Gap of 3 days or more"),
    "offers": Text("内定", "Offers"),
    "declined": Text("辞退", "Declined"),
    "withdrawn": Text("取り下げ", "Withdrawn"),
    "offers_accepted": Text("承諾", "Accepted"),
    "decline_rate": Text("辞退率", "Decline rate"),
    "late": Text("遅れ", "Late"),
    "late_declined": Text("遅れて辞退", "Late, declined"),
    "on_time": Text("期限内", "In time"),
    "on_time_declined": Text("期限内で辞退", "On time, declined"),
    "difference": Text("差", "Difference"),
    "odds_ratio": Text("オッズ比", "Odds ratio"),
    "signal_at": Text("兆しの日時", "Sign at"),
    "signal_channel": Text("兆しの手段", "Channel of the sign"),
    "answered_at": Text("対応日時", "Answered at"),
    "hours": Text("時間", "Hours"),
    "came_back": Text("選考に戻った", "Came back"),
    "signals": Text("兆し", "Signs"),
    "same_day": Text("当日に対応", "Answered the same day"),
    "median_hours": Text("対応までの時間(中央値)", "Median time to answer"),
    "decided": Text("決着", "Decided"),
    # cycles
    "measure": Text("指標", "Measure"),
    "measured": Text("指標", "Measure"),
    "change_interval": Text("変化の95%区間", "95% interval of the change"),
    "complete": Text("終了したサイクル", "Complete"),
    "successes": Text("成功", "Successes"),
    "rate_year_before": Text("前年同期", "A year before"),
    "before_successes": Text("前の成功", "Successes before"),
    "before_decided": Text("前の決着", "Decided before"),
    "after_successes": Text("後の成功", "Successes after"),
    "after_decided": Text("後の決着", "Decided after"),
    "step": Text("段差(オッズ比)", "Step (odds ratio)"),
    "step_odds": Text("段差(オッズ比)", "Step (odds ratio)"),
    "drift": Text("前からの動き", "Moving before"),
    "cycles": Text("サイクル数", "Cycles"),
    "answers": Text("回答", "Answers"),
    "scored": Text("評点つき", "Scored"),
    "mean_score": Text("平均評点", "Mean score"),
    "comments": Text("コメント", "Comments"),
    "entries": Text("記録", "Entries"),
    "minutes_per_case": Text("1件あたりの時間", "Time per case"),
    "minutes_per_entry": Text("1回あたりの時間", "Time per entry"),
    "allowance": Text("週の持ち時間", "Allowance a week"),
    "priority": Text("優先度", "Priority"),
    "criterion": Text("判断の理由", "Criterion"),
    "used": Text("累計時間", "Time used"),
    "fits": Text("収まる", "Fits"),
    "won": Text("成約", "Won"),
    "kept": Text("期限内", "In time"),
    "promises": Text("果たした期限", "Promises kept"),
    "missed": Text("果たさず", "Missed"),
    "void": Text("不要になった", "Void"),
    # placements
    "on": Text("日付", "On"),
    "item": Text("項目", "Item"),
    "content": Text("内容", "Content"),
    "issue_solved": Text("解決したか", "Solved?"),
    "retention": Text("定着率", "Retention"),
    "route": Text("採用経路", "Route of hire"),
    "manager": Text("銀行の担当者", "Manager"),
    "joins_on": Text("入社予定日", "Joins on"),
    "joined_on": Text("入社日", "Joined on"),
    "ended_on": Text("退職日", "Ended on"),
    "closed_on": Text("フォロー完了日", "Follow-up closed on"),
    "seen_on": Text("最後に確認した日", "Last seen on"),
    "seen_until": Text("在籍を確認できた日", "Seen until"),
    "six_months_on": Text("6か月の満了日", "Six months end on"),
    "at_six_months": Text("6か月時点", "At six months"),
    "milestones": Text("目標数", "Milestones"),
    "achieved": Text("達成", "Achieved"),
    "achieved_late": Text("うち遅れて達成", "Of these, late"),
    "slipping": Text("遅延", "Slipping"),
    "progress": Text("達成率", "Progress"),
    "next_review": Text("次の振り返り", "Next review"),
    "next_review_on": Text("次の振り返りの期日", "Next review on"),
    "next_review_entry": Text("次の振り返りの回", "Entry of the next review"),
    "next_review_status": Text("次の振り返りの状態", "Status of the next review"),
    "next_review_basis": Text("次の振り返りの根拠", "Basis of the next review"),
    "last_company_on": Text("企業との最後の接点", "Last contact with the company"),
    "last_hire_on": Text("入社者との最後の接点", "Last contact with the hire"),
    "silent": Text("連絡のない側", "Silent side"),
    "silent_days": Text("連絡のない日数", "Days of silence"),
    "written": Text("記入された状態", "Status as written"),
    "late_days": Text("遅れた日数", "Days late"),
    "start_on": Text("開始時の面談日", "First talk on"),
    "start_score": Text("開始時の評点", "Score at the start"),
    "start_note": Text("開始時の声", "Voice at the start"),
    "later_on": Text("その後の面談日", "Later talk on"),
    "later_score": Text("その後の評点", "Later score"),
    "later_note": Text("その後の声", "Later voice"),
    "done_on": Text("実施日", "Done on"),
    "missing": Text("未実施", "Missing"),
    "stayed": Text("在籍", "Stayed"),
    "dismissed": Text("解雇", "Dismissed"),
    "unknown": Text("不明", "Unknown"),
    "not_yet": Text("6か月未到来", "Not there yet"),
    "joined": Text("入社", "Joined"),
    "fiscal_year": Text("年度", "Fiscal year"),
    # orphans, roles, what-if
    "last_activity": Text("最後のできごと", "Last activity"),
    "last_at": Text("最後の日時", "Last at"),
    "role_name": Text("役割", "Role"),
    "raci": Text("分担(RACI)", "RACI"),
    "overdue": Text("期限超過", "Overdue"),
    "person_open": Text("本人の未完了(合計)", "Open, all of the person's"),
    "person_overdue": Text("本人の期限超過(合計)", "Overdue, all of the person's"),
    "duties": Text("務め", "Duties"),
    "actions": Text("期限の数", "Actions"),
    "breached": Text("期限切れ", "Breached"),
    "lapsed": Text("自動終了", "Lapsed"),
    "actions_after": Text("変更後の期限の数", "Actions, changed"),
    "open_after": Text("変更後の進行中", "Open, changed"),
    "breached_after": Text("変更後の期限切れ", "Breached, changed"),
    "lapsed_after": Text("変更後の自動終了", "Lapsed, changed"),
}
"""Heads of columns; a column of the user's own keeps its name."""

VALUES: Mapping[str, Mapping[str, Text]] = {
    "id": {
        "period-passes-conflict-date": Text("派遣期間が抵触日を過ぎる", "The period passes the conflict date"),
        "three-years-in-one-unit": Text("同じ人が同じ組織単位で3年を超える", "Three years of one person in one unit"),
        "former-employee-within-a-year": Text("離職後1年以内の受け入れ", "A former employee within a year"),
    },
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
        "offered": Text("内定中", "Offered"),
        "not_joined": Text("入社せず", "Did not join"),
        "dismissed": Text("解雇", "Dismissed"),
        "not_yet": Text("6か月未到来", "Not there yet"),
    },
    "silent": {"company": Text("企業", "Company"), "hire": Text("入社者", "Hire"), "both": Text("双方", "Both")},
    "issue_solved": {
        "yes": Text("解決した", "Solved"),
        "partly": Text("一部解決", "Partly solved"),
        "no": Text("未解決", "Not solved"),
    },
    "basis": {
        "stated": Text("原典に明記", "Stated in the source"),
        "recommended": Text("原典の推奨", "Recommended by the source"),
        "ours": Text("当方の目安", "Our own figure"),
        "arrival": Text("応募した時期で", "By arrival"),
        "step": Text("起きた時期で", "By step"),
        "snapshot": Text("現時点で", "Snapshot"),
    },
    "kind": {
        "won": Text("成約", "Won"),
        "rejected": Text("見送り", "Refused"),
        "declined": Text("辞退", "Declined"),
        "lapsed": Text("自動終了", "Ended by the clock"),
        "advanced": Text("通過", "Advanced"),
        "open": Text("進行中", "Open"),
        "precedence": Text("順序の違反", "Out of order"),
        "participation": Text("参加者の不足", "Missing participant"),
        "checklist": Text("記入もれ", "Missing item"),
        "early": Text("早すぎた実施", "Too early"),
        "channel": Text("手段の違い", "Wrong channel"),
        "period": Text("期間の超過", "Period beyond a limit"),
        "accepted": Text("承諾者", "Accepted"),
        "internal": Text("社内", "Internal"),
        "other": Text("その他", "Other"),
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
        "left": Text("退職", "Left"),
        "dismissed": Text("解雇", "Dismissed"),
    },
    "side": {
        "client": Text("企業", "Client"),
        "agency": Text("紹介会社・銀行", "Agency or bank"),
        "bank": Text("銀行", "Bank"),
        "candidate": Text("候補者", "Candidate"),
        "company": Text("企業", "Company"),
        "hire": Text("入社者", "Hire"),
        "both": Text("双方", "Both"),
        "closed": Text("休業日", "Closed days"),
        "idle": Text("誰の番でもない", "Nobody's turn"),
    },
    "track": {
        "issue": Text("経営課題", "Management issue"),
        "hire": Text("入社者の目標", "The hire's goals"),
    },
    "channel": {
        "ats": Text("採用管理ツール", "Recruiting system"),
        "mail": Text("メール", "Mail"),
        "phone": Text("電話", "Phone"),
        "chat": Text("チャット", "Chat"),
        "visit": Text("訪問", "Visit"),
        "meeting": Text("面談", "Meeting"),
        "online": Text("オンライン", "Online"),
        "sheet": Text("シート", "Sheet"),
        "admin_screen": Text("管理画面", "Admin screen"),
        "face_to_face": Text("対面", "Face to face"),
        "voice": Text("音声", "Voice"),
        "sns": Text("SNS(交流サイト)", "Social media"),
        "web": Text("ウェブ", "Web"),
        "document": Text("書面", "Document"),
        "e_sign": Text("電子契約", "Electronic signature"),
        "workflow": Text("社内申請", "Workflow"),
        "kintone": Text("キントーン", "kintone"),
    },
    "moment": {
        "before_set": Text("日程の決定前", "Before a date was set"),
        "before_held": Text("日程の決定後、実施前", "Before it was held"),
        "after_held": Text("実施後", "After it was held"),
    },
    "verdict": {
        "too_few": Text("件数不足", "Too few to tell"),
        "above": Text("基準より高い", "Above the benchmark"),
        "below": Text("基準より低い", "Below the benchmark"),
        "no_difference": Text("差は認められない", "No difference found"),
        "no_comparison": Text("比べられない(決定そのもののルール)", "Not comparable: the rule is the decision"),
        "more": Text("遅れた案件で辞退が多い", "More declines when late"),
        "fewer": Text("遅れた案件で辞退が少ない", "Fewer declines when late"),
        "better": Text("上がった", "Went up"),
        "worse": Text("下がった", "Went down"),
        "no_change": Text("動いていない", "Has not moved"),
        "matters": Text("遅れで結果に差がある", "Matters"),
        "small": Text("差は小さい", "Small"),
        "cannot_tell": Text("判断できない", "Cannot tell"),
        "inside": Text("いつもの範囲", "As usual"),
        "holds": Text("幅のとおり", "As the bands say"),
        "widened": Text("外れが多いため幅を広げた", "Bands widened: they were too narrow"),
        "refused": Text("外れが多いため見込みを出さない", "No forecast: the record is bad"),
        "no_record": Text("まだ記録がない", "No record yet"),
    },
    "measure": {
        "pass": Text("通過", "Pass"),
        "acceptance": Text("承諾", "Acceptance"),
    },
    "criterion": {
        "signal": Text("辞退の兆しに未対応", "An unanswered sign of a decline"),
        "last_stages": Text("終盤の案件", "In the last stages"),
        "easy_to_fill": Text("採用しやすい職種", "A position easy to fill"),
        "usual": Text("通常", "Usual"),
    },
    "priority": {
        "1": Text("高", "High"),
        "2": Text("中", "Normal"),
        "3": Text("低", "Low"),
    },
    "unit": {
        "days": Text("日", "days"),
        "business days": Text("営業日", "business days"),
        "hours": Text("時間", "hours"),
        "business hours": Text("営業時間", "business hours"),
        "weeks": Text("週間", "weeks"),
        "months": Text("か月", "months"),
    },
    "reason": {
        "other_offer": Text("他社の内定", "An offer from elsewhere"),
        "uncertain": Text("差の幅が広い", "The interval is wide"),
        "hopeless_late": Text("見込みの薄い案件ほど遅れている", "Cases with poor prospects are late oftener"),
        "decides_itself": Text("決定そのもののルール", "The rule is the decision itself"),
        "recorded": Text("遅れると時計が終わらせる", "The clock ends what is late"),
    },
    "change": {
        "new": Text("新規", "New"),
        "resolved": Text("解消", "Resolved"),
        "worse": Text("切迫", "More urgent"),
        "same": Text("変化なし", "Unchanged"),
    },
    "table": {
        "answers": Text("人の答え", "Answers"),
        "events": Text("できごと", "Events"),
        "cases": Text("案件", "Cases"),
        "openings": Text("募集", "Openings"),
        "clients": Text("取引先", "Clients"),
        "assignments": Text("担当割り当て", "Assignments"),
        "milestones": Text("目標", "Milestones"),
        "voices": Text("双方の声", "Voices"),
        "consents": Text("同意", "Consents"),
        "proposals": Text("提案", "Proposals"),
        "surveys": Text("アンケート", "Surveys"),
        "worklog": Text("作業記録", "Work log"),
        "closures": Text("休業日", "Closures"),
    },
    "part": {
        "tonight": Text("今夜、自動終了", "Ends by itself tonight"),
        "today": Text("本日", "Today"),
        "late": Text("超過", "Late"),
        "decide": Text("要判断", "To decide"),
        "later": Text("その先", "Later"),
    },
    "hint": {
        "tonight": Text("動かなければ、期限の終わりに案件が終わります", "if nothing happens, the case ends at its due"),
        "decide": Text(
            "計画し直す・不要(理由)・案件を閉じる、から選びます", "plan anew, not needed (why), or close the case"
        ),
    },
    "outlived": {
        "day_passed": Text("予定の日が過ぎた", "its day has passed"),
        "superseded": Text("先の段階へ進んだ", "the case went on without it"),
        "silent": Text("90日を超えて動きがない", "silent for more than 90 days"),
        "long_overdue": Text("30日を超えて遅れている", "more than 30 days late"),
        "no_step": Text("次の対応が決まっていない", "nothing is asked of anybody"),
    },
    "group": {"all": Text("全体", "All")},
    "shareable": {
        "both": Text("双方に可", "To both"),
        "company": Text("企業に可", "To the company"),
        "hire": Text("入社者に可", "To the hire"),
        "no": Text("不可", "No"),
    },
}
"""Codes of a closed set, by the column they stand in; any other value is shown as it is."""

_ENDS = {"_low": Text("{}の下限(95%)", "{}, lower 95%"), "_high": Text("{}の上限(95%)", "{}, upper 95%")}
_LIKE = {
    "at_six_months": "status",
    "written": "status",
    "before": "status",
    "ended": "kind",
    "outcome_kind": "kind",
    "target": "kind",
    "waited_for": "side",
    "silent": "side",
}
"""Columns whose codes are those of another column."""

ABSENT: Mapping[str, Text] = {
    "owner": Text("担当未定", "Unassigned"),
    "person": Text("担当未定", "Unassigned"),
}
"""What an empty cell means, where that is more than nothing."""


def column(id: str, lang: Lang = "ja") -> str:
    """The head of a column.

    >>> column("days_left"), column("change_low", "en"), column("学歴")
    ('残り', 'Change, lower 95%', '学歴')
    """
    if id not in COLUMNS:
        for end, text in _ENDS.items():
            base = COLUMNS.get(id.removesuffix(end))
            if base is not None and id.endswith(end):
                return text.say(lang).format(base.say(lang))
    return _said(COLUMNS.get(id), id, lang)


def value(of: str, code: str, lang: Lang = "ja") -> str:
    """What a code in the column `of` is called; a value of the user's own stays as it is.

    >>> value("status", "overdue"), value("next_review_basis", "ours", "en"), value("status", "保留")
    ('期限超過', 'Our own figure', '保留')
    """
    known = VALUES.get(of) or VALUES.get(_LIKE.get(of, of.rsplit("_", 1)[-1]), {})
    if of == "channel" and ";" in code:  # several, of which any will do
        return Text("・", ", ").say(lang).join(value(of, one.strip(), lang) for one in code.split(";"))
    return _said(known.get(code), code, lang)


def absent(of: str, lang: Lang = "ja") -> str:
    """What an empty cell of a column says.

    >>> absent("owner"), absent("note")
    ('担当未定', '')
    """
    return _said(ABSENT.get(of), "", lang)


def name_in(playbook: Playbook, of: str, code: str) -> Text | None:
    """What the playbook calls a code of the column `of`; None where it has no such name.

    >>> from playbook.rules.nouns import Activity
    >>> applied = Activity("applied", Text("応募", "Applied"))
    >>> book = Playbook("b", Text("選考", "Selection"), activities=(applied,))
    >>> name_in(book, "trigger", "applied")
    Text(ja='応募', en='Applied')
    """
    if of == "playbook":
        return playbook.name if playbook.id == code else None
    if of == "detail":
        fields = (field for checklist in playbook.checklists for field in checklist.fields)
        return _named((*fields, *playbook.activities, *playbook.roles), code) or VALUES["channel"].get(code)
    if of in {"role", "falls_to", "to"}:
        return _named(playbook.roles, code)
    if of in {"stage", "source", "target"}:
        return _named((*playbook.stages, *playbook.outcomes), code)
    if of == "outcome":
        return _named(playbook.outcomes, code)
    if of in {"rule", "rule_id", "id", "next_review"}:
        return _named((*playbook.rules, *playbook.precedences, *playbook.participations, *playbook.checklists), code)
    if of == "template":
        return _named(playbook.templates, code)
    if of in {"activity", "last_activity", "trigger", "record"}:
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
