"""The sentences and cards that three reports begin with, and the figures that compare."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
from the_sample import sample

from playbook.pages import findings
from playbook.show import labels
from playbook.show.charts import comparisons

MEASURE = {"playbook": "interview-aftercare", "stage": "offer", "measure": "pass"}


def _moves(*verdicts: str) -> pl.DataFrame:
    return pl.DataFrame([{**MEASURE, "verdict": verdict} for verdict in verdicts])


# --- sentences -------------------------------------------------------------------------------------------


def test_where_nothing_moves_the_effort_is_to_be_rethought() -> None:
    """Two measures could be judged and neither moved: the sentence says so, and what to do (Z-38)."""
    said = findings.trends_said(_moves("no_change", "no_change", "too_few"))
    assert (
        said
        == "調べた2指標のうち、上がったものが0、下がったものが0、判断できないものが0です。2は動いていないと言えます。取り組みそのものを見直す時です。"
    )
    assert "rethink the effort" in findings.trends_said(_moves("no_change"), "en")


def test_what_moved_is_counted() -> None:
    """What went up, down, and what one cannot tell is counted; those too small to judge are not."""
    said = findings.trends_said(_moves("better", "worse", "cannot_tell", "too_few"))
    assert said == "調べた3指標のうち、上がったものが1、下がったものが1、判断できないものが1です。"


def test_too_few_to_judge_is_said() -> None:
    """Where no measure can be judged, nothing is claimed in either direction."""
    assert "件数が少なく判断できません" in findings.trends_said(_moves("too_few", "too_few"))


def test_a_change_that_was_already_under_way_is_named() -> None:
    """A measure that got better but was moving before is said to have been."""
    effects = pl.DataFrame({"verdict": ["better", "cannot_tell"], "drift": [True, False]})
    said = findings.changes_said(effects, date(2025, 12, 1))
    assert (
        said
        == "2025/12/1(月)の前後で、比べられた2指標のうち、上がったものが1、下がったものが0、判断できないものが1です。うち1は前から動いていました。"
    )


def test_no_change_after_a_change_is_said() -> None:
    """Where a change did nothing, the effort is to be rethought (Z-38)."""
    effects = pl.DataFrame({"verdict": ["no_change"], "drift": [False]})
    assert "取り組みそのものを見直す時です" in findings.changes_said(effects, date(2025, 12, 1))


def _offer(verdict: str, declined: int, accepted: int) -> pl.DataFrame:
    rate = declined / (declined + accepted)
    row = {
        "playbook": "interview-aftercare", "offers": declined + accepted, "accepted": accepted, "declined": declined,
        "decline_rate": rate, "ci_low": rate / 2, "ci_high": rate * 1.5, "benchmark": 0.11,
        "p_value": None if verdict == "too_few" else 0.0008, "verdict": verdict,
    }  # fmt: skip
    return pl.DataFrame([row])


def _declines(offers: pl.DataFrame) -> findings.Finding:
    ws = sample().only(playbook="interview-aftercare")
    as_of = "2026-11-20"
    return findings.of_declines(
        ws.on(as_of).declines().rates,
        offers,
        ws.on(as_of).declines().cases,
        ws.on(as_of).declines().signal_answers,
        ws.playbooks,
    )


def test_offers_above_the_benchmark() -> None:
    """Eight of twenty is above 11 %: said with its exact test, and on the first card with its interval."""
    found = _declines(_offer("above", 8, 12))
    assert found.sentence == (
        "面接アフターフォローでは、内定への返事20件のうち辞退は8件（40.0%）で、基準の11.0%を上回っています。"
    )
    assert found.cards.cards[0].value == "40.0%"
    assert "95%区間 20.0〜60.0%" in found.cards.cards[0].change


def test_offers_that_are_too_few_get_no_percentage() -> None:
    """With five offers decided neither the sentence nor the card gives a rate of declines."""
    found = _declines(_offer("too_few", 2, 3))
    assert "件数が少なく判断できません" in found.sentence
    assert found.cards.cards[0].value == "件数不足"
    assert "40" not in found.sentence + found.cards.cards[0].change


def test_associations_name_what_was_found() -> None:
    """A rule that stays significant after correction is named, with the warning that it need not be a cause."""
    found = pl.DataFrame(
        {"rule_id": ["mail", "notes", "decide"], "verdict": ["more", "no_difference", "no_comparison"]}
    )
    said = findings.associations_said(found, {"mail": "翌日のメール"})
    assert said.startswith("3のルールのうち件数が足りたのは2で、")
    assert "「翌日のメール」" in said
    assert "原因とは限りません" in said


def test_what_does_not_fit_is_said_with_its_owner() -> None:
    """Two of three actions do not fit, both of one person, who is named (Z-22)."""
    packed = pl.DataFrame({"owner": ["佐藤", "佐藤", "鈴木"], "fits": [False, False, True]})
    said = findings.left_over_said(packed)
    assert said == "今週の3件のうち2件が枠に収まりません。最も多いのは佐藤（2件）です。"
    assert findings.left_over_said(packed.filter("fits")) == "今週の1件は、全員の枠に収まります。"


# --- frames ----------------------------------------------------------------------------------------------


def test_three_bases_stand_side_by_side() -> None:
    """The table of the three date bases has one row per stage and no percentage where there are too few."""
    ws = sample().only(playbook="joins-selection", client="K-05")
    bases = ws.on("2026-11-20").funnel().between(date(2026, 5, 21), date(2026, 11, 20))
    shown = findings.table_bases(bases, date(2026, 5, 21), date(2026, 11, 20), ws.playbooks)
    assert len(shown) == len(ws.playbooks[0].stages)
    few = bases.filter((pl.col("basis") == "arrival") & pl.col("too_few"))["stage"].to_list()
    assert few
    at = [column.id for column in shown.columns].index("arrival_rate")
    cells = [row[at].text for row in shown.rows]
    assert [cell for cell, stage in zip(cells, bases["stage"].unique(maintain_order=True), strict=True) if stage in few]
    assert cells.count("件数不足") == len(few)


def test_load_names_the_fullest_only() -> None:
    """Of many people the fullest are drawn, each with what they can carry; nobody's work is not a person."""
    owners = [f"P{n:02}" for n in range(20) for _ in range(n + 1)]
    packed = pl.DataFrame(
        {"owner": [*owners, None], "priority": 2, "minutes": 30.0, "allowance": 60.0, "fits": False},
        schema_overrides={"priority": pl.Int64},
    )
    drawn = findings.load_of(packed, 3)
    assert drawn["person"].to_list() == ["P19", "P18", "P17"]
    assert drawn["minutes"].to_list() == [600.0, 570.0, 540.0]
    assert set(drawn["capacity"]) == {60.0}


# --- figures ---------------------------------------------------------------------------------------------


def test_what_could_not_be_tested_is_in_the_table_only() -> None:
    """A rule without a test has no point, and stands in the table with the reason."""
    found: dict[str, list[Any]] = {
        "rule_id": ["mail", "notes"], "difference": [0.2, None], "ci_low": [0.1, None], "ci_high": [0.3, None],
        "verdict": ["more", "too_few"],
    }  # fmt: skip
    chart = comparisons.effects(pl.DataFrame(found), "rule_id", caption="x")
    assert chart.json["data"][0]["x"] == [20.0]  # points
    assert [row[-1] for row in chart.rows] == ["遅れた案件で辞退が多い", "件数不足"]


# --- what the pages say first, held against the frames ---------------------------------------------------


def test_groups_with_enough_cases_have_rates() -> None:
    """By client: only groups of which enough are decided, said in the caption; else the largest ten."""
    ws = sample()
    by_client = ws.on("2026-11-20").funnel(by="client_id").outcomes
    names = dict(ws.tables.clients.select("client_id", "name").iter_rows())
    shown = findings.table_outcomes(by_client, "client_id", ws.playbooks, names=names)
    enough = by_client.filter(~pl.col("too_few"))
    assert len(shown) == enough.height
    assert 0 < enough.height < by_client.height and "（ほかは件数不足）" in shown.caption
    assert {row[1].text for row in shown.rows} <= set(names.values())
    few = findings.table_outcomes(by_client.filter("too_few"), "client_id", ws.playbooks)
    assert len(few) == 10 and {row[-2].text for row in few.rows} == {"件数不足"}


def test_declines_are_counted_by_stage() -> None:
    """Every decline stands at one stage; the sentence names the stage with most."""
    ws = sample()
    cases = ws.on("2026-11-20").declines().cases.filter(pl.col("kind") == "declined", pl.col("stage").is_not_null())
    shown = findings.table_decline_stages(ws.on("2026-11-20").declines().cases, ws.playbooks)
    *rows, total = shown.rows
    assert sum(int(row[2].text) for row in rows) == int(total[2].text) == cases.height
    most = max(int(row[2].text) for row in rows)
    top = next(row for row in rows if int(row[2].text) == most)
    assert shown.caption == f"辞退{cases.height}件のうち最も多いのは、{top[0].text}の「{top[1].text}」の{most}件です。"


def test_changes_to_try_are_said_by_their_rules() -> None:
    """A changed rule is said by its name and all it now says, however the change was written; others are not."""
    ws = sample()
    book = ws.playbooks.named("dispatch-sales")
    name, other = book.rule("record-visit").name.ja, next(role for role in book.roles if role.id != "sales")
    changes = {"dispatch-sales/record-visit.due": "48 hours, 3 days", "record-visit.role": other.id}
    said = labels.changes_named(book, ws.with_changes(changes).playbooks.named("dispatch-sales"))
    assert said.ja == f"「{name}」を48時間、3日・{other.name.ja}に"
    assert labels.changes_named(book, book).ja == ""
    assert labels.due_named(book.rule("record-visit"), book).en == "24 hours"
