"""What the reports on losses, declines and cycles say first: a sentence and a row of cards, written from numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl
from markupsafe import Markup

from playbook.answers.flow.cycles import PASS
from playbook.answers.flow.funnel import BASES
from playbook.answers.statistics import TOO_FEW as LEAST
from playbook.answers.statistics import too_few, with_rate
from playbook.rendering.attachments import SUMMARY, summary
from playbook.rendering.lab import styled
from playbook.rules.nouns import Playbook, Playbooks
from playbook.show import formats, labels
from playbook.show.charts.sentences import called_as, leaders, stage_name
from playbook.show.view import Card, Cards, Row, Table, cards, table, with_total
from playbook.words.catalogue import COMMA, listed, msg, msg_in
from playbook.words.text import Lang, Text

TOO_FEW = msg("too few to tell")
_SHORT = msg("Too few")


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of a report: one sentence, and the numbers it rests on; shown, it says both to the index as well.

    `counts`: rows that are new, resolved or worse. `stands`: whether the sentence stands on the page, too.
    """

    sentence: str
    cards: Cards
    counts: Mapping[str, int] = field(default_factory=dict)
    stands: bool = True

    def __repr__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        said = Markup("<p><strong>{}</strong></p>\n").format(self.sentence) if self.stands else ""
        return f"{said}{self.cards.html}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        line = summary(headline=self.sentence, cards=self.cards.told, counts=self.counts)
        return {"text/plain": self.sentence, "text/html": styled(self._repr_html_()), SUMMARY: line}


def _found(sentence: str, items: Iterable[Card]) -> Finding:
    return Finding(sentence, cards(items))


# ---- where cases are lost ----


def of_losses(stages: pl.DataFrame, whole: pl.DataFrame, playbooks: Sequence[Playbook], lang: Lang = "ja") -> Finding:
    """Where most is lost, and per playbook the share that is won.

    `stages` is the answer of `funnel`, `whole` the one of `outcomes`.
    """
    books = Playbooks(playbooks)
    rows = whole.to_dicts()
    return _found(_most_lost(stages, books, lang), [_won_card(row, books.named(row["playbook"]), lang) for row in rows])


def _won_card(row: Row, book: Playbook, lang: Lang) -> Card:
    few = row["too_few"] or row["rate"] is None
    value = _SHORT.say(lang) if few else formats.percent(row["rate"], lang)
    cases, still = row["cases"], row["open"]
    counted = {"cases": formats.number(cases, lang), "still": formats.number(still, lang)}
    beside = msg("of {cases}, {still} open").say(lang).format(**counted)
    if not few:
        beside += msg(", 95% ").say(lang) + formats.interval(row["ci_low"], row["ci_high"], lang)
    return Card(msg("{name}: completed", name=book.name).say(lang), value, beside)


def _most_lost(stages: pl.DataFrame, books: Playbooks, lang: Lang) -> str:
    lost, still = stages.filter(pl.col("lost") > 0), formats.number(int(stages["open"].sum()), lang)
    if lost.is_empty():
        return msg("No case has been lost so far; still open: {n}.", n=still).say(lang)
    if few_lost(stages):
        return msg(
            "Lost so far: {lost}, too few to tell at which stage most are lost; still open: {n}.",
            lost=formats.number(int(lost["lost"].sum()), lang),
            n=still,
        ).say(lang)
    worst = lost.sort("lost", descending=True, maintain_order=True).row(0, named=True)
    book = books.named(worst["playbook"])
    stage = stage_name(book, worst["stage"])
    return msg(
        "Most cases are lost at “{stage}” ({name}): {lost} of {entered}. Those still open there ({open}) are "
        "undecided and count in no rate.",
        stage=stage,
        name=book.name,
        lost=formats.number(worst["lost"], lang),
        entered=formats.number(worst["entered"], lang),
        open=formats.number(worst["open"], lang),
    ).say(lang)


def few_lost(stages: pl.DataFrame) -> bool:
    """Whether too few cases were lost to say where most are."""
    return int(stages["lost"].sum()) < LEAST


# ---- declines ----


def of_declines(
    rates: pl.DataFrame,
    offers: pl.DataFrame,
    cases: pl.DataFrame,
    signals: pl.DataFrame,
    playbooks: Sequence[Playbook],
    lang: Lang = "ja",
) -> Finding:
    """Whether offers are declined more often than the benchmark says, and what stands beside it.

    `rates`, `offers`, `cases`, `signals` are the answers of `decline_rates`, `offers`, `decline_cases`,
    `signal_answers`.
    """
    declined = cases.filter(pl.col("kind") == "declined")
    held = offers.filter(pl.col("benchmark").is_not_null()).to_dicts()
    books = Playbooks(playbooks)
    counted = (
        (msg("Declined"), declined.height, int(rates["decided"].sum()), "cases_decided"),
        (
            msg("Declined after a gap of 3 days"),
            int(declined["slow"].sum()),
            declined["slow"].count(),
            "declined_known",
        ),
        (msg("Signs answered the same day"), int(signals["same_day"].sum()), int(signals["signals"].sum()), "signs"),
    )
    items = [
        *(_offer_card(row, books.named(row["playbook"]).name, lang) for row in held),
        *(_count_card(label, count, of, said, lang) for label, count, of, said in counted if of),
        Card(msg("Lapsed by the clock").say(lang), formats.number(int(rates["lapsed"].sum()), lang)),
    ]
    sentence = (
        _against_benchmark(held[0], books.named(held[0]["playbook"]).name, lang)
        if held
        else _said_declined(declined.height, rates, lang)
    )
    return _found(sentence, items)


_OF = {
    "cases_decided": msg("of {n} decided"),
    "declined_known": msg("of {n} with any contact"),
    "signs": msg("of {n}"),
}


def _count_card(label: Text, count: int, of: int, said: str, lang: Lang) -> Card:
    return Card(label.say(lang), formats.number(count, lang), _OF[said].say(lang).format(n=formats.number(of, lang)))


def _offer_card(row: Row, book: Text, lang: Lang) -> Card:
    decided = formats.number(row["accepted"] + row["declined"], lang)
    few = row["verdict"] == "too_few"
    value = _SHORT.say(lang) if few else formats.percent(row["decline_rate"], lang)
    interval = formats.interval(row["ci_low"], row["ci_high"], lang)
    benchmark = formats.percent(row["benchmark"], lang)
    beside = msg("{decided} decided, benchmark {benchmark}", decided=decided, benchmark=benchmark).say(lang)
    if not few:
        beside += msg(", 95% {interval}", interval=interval).say(lang)
    return Card(msg("Offers declined ({book})", book=book).say(lang), value, beside)


def _against_benchmark(row: Row, book: Text, lang: Lang) -> str:
    n, benchmark = formats.number(row["accepted"] + row["declined"], lang), formats.percent(row["benchmark"], lang)
    if row["verdict"] == "too_few":
        return msg(
            "{book}: only {n} offers were decided, too few to tell how they stand to the benchmark of {benchmark}.",
            book=book,
            n=n,
            benchmark=benchmark,
        ).say(lang)
    rate = formats.percent(row["decline_rate"], lang)
    verdict = {
        "above": msg("is above it"),
        "below": msg("is below it"),
        "no_difference": msg("could be either above or below it: too little to tell"),
    }[row["verdict"]]
    return msg(
        "{book}: of {n} offers decided, {declined} were declined ({rate}); compared with the benchmark of "
        "{benchmark}, this {verdict}.",
        book=book,
        n=n,
        declined=formats.number(row["declined"], lang),
        rate=rate,
        benchmark=benchmark,
        verdict=verdict,
    ).say(lang)


def _said_declined(declined: int, rates: pl.DataFrame, lang: Lang) -> str:
    counts = {"decided": int(rates["decided"].sum()), "declined": declined}
    told = {name: formats.number(n, lang) for name, n in counts.items()}
    said = msg("Declined among the cases that are decided: {declined} of {decided}.").say(lang).format(**told)
    return said + (msg(" That is too few for a rate.").say(lang) if counts["decided"] < LEAST else "")


_UNKNOWN = msg("Where nobody knows who ended a case, it may have been a decline: it counts in no rate")


def table_declined(rates: pl.DataFrame, cases: pl.DataFrame, playbooks: Sequence[Playbook], lang: Lang = "ja") -> Table:
    """How many declined, of how many, and after a gap: one row per playbook, and the total that the cards say.

    `rates` and `cases` are the answers of `decline_rates` and `decline_cases`.
    """
    slow, known = pl.col("slow").sum().alias("slow"), pl.col("slow").count().alias("with_contact")
    gaps = cases.filter(pl.col("kind") == "declined").group_by("playbook").agg(slow, known)
    unknown = ("unknown",) if rates["unknown"].sum() else ()
    counts = ("decided", "declined", "with_contact", "slow", "lapsed", *unknown)
    wide = rates.join(gaps, on="playbook", how="left", maintain_order="left").with_columns(pl.col(counts).fill_null(0))
    caption = _UNKNOWN.say(lang) if unknown else ""
    columns = ["playbook", *counts, "rate", "ci_low", "ci_high", "too_few"]
    made = table(wide, columns, caption, lang, playbooks=playbooks)
    return with_total(made, {name: formats.number(int(wide[name].sum()), lang) for name in counts})


def table_hours(hours: pl.DataFrame, lang: Lang = "ja") -> Table:
    """What aftercare took, the answer of `workload` by cycle: one row per cycle, the latest first."""
    summed = hours.group_by("cycle").agg(pl.col("person").n_unique().alias("people"), pl.col("entries", "hours").sum())
    return table(summed.sort("cycle", descending=True), lang=lang)


def associations_said(found: pl.DataFrame, names: dict[str, str], lang: Lang = "ja") -> str:
    """In how many rules lateness and declines go together, of those that could be tested."""
    if found.is_empty():
        return msg("No rule has a due that came before a case was decided: there is nothing to compare yet.").say(lang)
    tested = found.filter(~pl.col("verdict").is_in(["too_few", "no_comparison"]))
    if tested.is_empty():
        return msg("No rule of {height} has the numbers for a test: too few to tell.", height=found.height).say(lang)
    clear = tested.filter(pl.col("verdict") != "no_difference")
    head = msg("Of {height} rules, {height2} could be tested; ", height=found.height, height2=tested.height).say(lang)
    if clear.is_empty():
        return head + msg("none shows that late action and declines go together (after Holm's correction).").say(lang)
    named = listed(msg("“{name}”", name=names.get(rule, rule)) for rule in clear["rule_id"])
    return head + msg(
        "late action and declines go together, also after correction, in {named}. This is no proof of a cause.",
        named=named,
    ).say(lang)


def signals_said(answers: pl.DataFrame, lang: Lang = "ja") -> str:
    """How many signs were answered the same day, and how many came back (Z-28 to Z-30)."""
    n = int(answers["signals"].sum())
    if not n:
        return msg("No sign of a decline was recorded.").say(lang)
    same, back, decided = (int(answers[name].sum()) for name in ("same_day", "came_back", "decided"))
    return msg(
        "Of {n} signs of a decline {same} were answered the same day; of {decided} decided, {back} came back.",
        n=n,
        same=same,
        decided=decided,
        back=back,
    ).say(lang)


def table_signals(answers: pl.DataFrame, playbooks: Sequence[Playbook], lang: Lang = "ja") -> Table:
    """How signs were answered: one row per playbook and way, and the total that the sentence says."""
    made = table(answers, caption=msg("Answers by channel").say(lang), lang=lang, playbooks=playbooks)
    counts = ("signals", "same_day", "decided", "came_back")
    return with_total(made, {name: formats.number(int(answers[name].sum()), lang) for name in counts})


# ---- cycles ----


def of_cycles(
    trends: pl.DataFrame,
    rates: pl.DataFrame,
    hours: pl.DataFrame,
    packed: pl.DataFrame,
    lang: Lang = "ja",
    playbooks: Sequence[Playbook] = (),
) -> Finding:
    """Whether anything moved over the cycles, and what the effort cost.

    `trends`, `rates`, `hours`, `packed` are the answers of `trends`, `cycle_rates`, `workload`, `capacity`.
    """
    acceptance = rates.filter((pl.col("measure") == "acceptance") & pl.col("complete"))
    return _found(
        trends_said(trends, lang) + (largest_said(rates, playbooks, lang) if playbooks else ""),
        [
            *(_latest_card(row, lang) for row in acceptance.tail(1).to_dicts()),
            *(_verdict_card(verdict, trends, lang) for verdict in ("better", "worse") if tested(trends).height),
            *_hours_cards(hours.filter(pl.col("cycle") == latest_cycle(rates)), lang),
            *_left_over_cards(packed, lang),
        ],
    )


def trends_said(trends: pl.DataFrame, lang: Lang = "ja") -> str:
    """What the series say together; where nothing moved, that the effort itself is to be rethought (Z-38)."""
    told = tested(trends)
    if trends.is_empty():
        return msg("No cycle has enough cases yet to tell whether anything moved.").say(lang)
    if told.is_empty():
        return msg("{height} measures, and for each too few to tell.", height=trends.height).say(lang)
    up, down, still, unclear = (int((told["verdict"] == verdict).sum()) for verdict in _VERDICTS)
    counted = msg(
        "Of {height} measures, {up} went up and {down} went down; for {unclear} there is too little to tell.",
        height=told.height,
        up=up,
        down=down,
        unclear=unclear,
    ).say(lang)
    if still and not up and not down:
        return counted + msg(" {still} have not moved: time to rethink the effort itself.", still=still).say(lang)
    return counted


_VERDICTS = ("better", "worse", "no_change", "cannot_tell")


def tested(trends: pl.DataFrame) -> pl.DataFrame:
    """The series that are long enough to be judged."""
    return trends.filter(pl.col("verdict") != "too_few")


def largest_said(rates: pl.DataFrame, playbooks: Sequence[Playbook], lang: Lang = "ja") -> str:
    """The largest movement since a year before in the last complete cycle, with its interval; empty without one.

    `rates` is the answer of `cycle_rates`.
    """
    last = rates.filter((pl.col("cycle") == latest_cycle(rates)) & ~pl.col("too_few") & pl.col("change").is_not_null())
    if last.is_empty():
        return ""
    row = last.sort(pl.col("change").abs(), descending=True, maintain_order=True).row(0, named=True)
    books = Playbooks(playbooks)
    name = _measured(books.named(row["playbook"]), row["stage"], row["measure"], lang, several=len(books) > 1)
    moved, interval = formats.points(row["change"], lang), _points_said(row["change_low"], row["change_high"], lang)
    said = msg(
        " Compared with a year earlier, “{name}” moved most: {moved} (95% interval {interval}).",
        name=name,
        moved=moved,
        interval=interval,
    ).say(lang)
    sure = row["change_low"] is not None and row["change_low"] * row["change_high"] > 0
    return said if sure else said + msg(" This may be chance.").say(lang)


def _latest_card(row: Row, lang: Lang) -> Card:
    few = row["too_few"] or row["rate"] is None
    value = _SHORT.say(lang) if few else formats.percent(row["rate"], lang)
    said = _SHORT.say(lang) if row["rate_year_before"] is None else formats.percent(row["rate_year_before"], lang)
    cycle = formats.cycle(row["cycle"], lang)
    return Card(
        msg("Offers accepted ({cycle})", cycle=cycle).say(lang),
        value,
        msg("{decided} decided, a year earlier {said}", decided=formats.number(row["decided"], lang), said=said).say(
            lang
        ),
        anchor="trend",
    )


def _verdict_card(verdict: str, trends: pl.DataFrame, lang: Lang) -> Card:
    n = int((trends["verdict"] == verdict).sum())
    beside = msg("of {tested} that could be judged", tested=tested(trends).height).say(lang)
    return Card(labels.value("verdict", verdict, lang), str(n), beside, anchor="trend")


def _hours_cards(hours: pl.DataFrame, lang: Lang) -> Iterable[Card]:
    if hours.is_empty():
        return
    cycle, people = formats.cycle(hours["cycle"][0], lang), hours["person"].n_unique()
    worked = formats.minutes(float(hours["hours"].sum()) * 60, lang)
    yield Card(
        msg("Hours of aftercare ({cycle})", cycle=cycle).say(lang),
        worked,
        msg("{people} people", people=people).say(lang),
        anchor="load",
    )


def _left_over_cards(packed: pl.DataFrame, lang: Lang) -> Iterable[Card]:
    owned = packed.filter(pl.col("owner").is_not_null())
    if owned.is_empty():
        return
    over = owned.filter(~pl.col("fits"))
    yield Card(
        msg("Actions that do not fit this week").say(lang),
        formats.number(over.height, lang),
        msg("of {height}", height=formats.number(owned.height, lang)).say(lang),
        "at_risk" if over.height else "",
        anchor="load",
    )


def no_change_day(lang: Lang = "ja") -> str:
    """What stands where nobody said on which day anything was changed."""
    return msg("Nothing is compared, since no day of a change was given. Give it as `-p changed_on=2026-04-01`.").say(
        lang
    )


def changes_said(effects: pl.DataFrame, changed_on: date, lang: Lang = "ja") -> str:
    """What became of the rates after a change; where nothing did, that the effort is to be rethought (Z-38)."""
    tested = effects.filter(pl.col("verdict") != "too_few")
    day = formats.day(changed_on, lang)
    if tested.is_empty():
        return msg("Too few to compare before and after {day}.", day=day).say(lang)
    up, down, still, unclear = (int((tested["verdict"] == verdict).sum()) for verdict in _VERDICTS)
    counted = msg(
        "Before and after {day}: of {height} measures that could be compared, {up} went up and {down} went down; for "
        "{unclear} there is too little to tell.",
        day=day,
        height=tested.height,
        up=up,
        down=down,
        unclear=unclear,
    ).say(lang)
    if still and not up and not down:
        return counted + msg(" {still} have not moved: time to rethink the effort itself.", still=still).say(lang)
    drifting = int((tested["drift"].fill_null(False) & tested["verdict"].is_in(["better", "worse"])).sum())
    already = msg(" {drifting} of them had been moving before.", drifting=drifting).say(lang)
    return counted + (already if drifting else "")


def left_over_said(packed: pl.DataFrame, lang: Lang = "ja") -> str:
    """What does not fit into the week, and whose it is (Z-22); what nobody owes is nobody's week."""
    owned = packed.filter(pl.col("owner").is_not_null())
    nobodys = formats.number(packed.height - owned.height, lang)
    beside = msg(" Without an owner, and in nobody's week: {n}.", n=nobodys) if nobodys != "0" else Text("", "")
    return (_fitting_said(owned, lang) + beside.say(lang)).strip()


def _fitting_said(packed: pl.DataFrame, lang: Lang) -> str:
    if packed.is_empty():
        return ""
    over = packed.filter(~pl.col("fits"))
    if over.is_empty():
        return msg("Everything fits into the week: {height}.", height=formats.number(packed.height, lang)).say(lang)
    owners = over.group_by("owner", maintain_order=True).len().iter_rows()
    counted = {called_as(owner, None, "owner", lang): count for owner, count in owners}
    return msg(
        "Due this week and not fitting: {over} of {all}; heaviest for {person}, with {most}.",
        all=formats.number(packed.height, lang),
        over=formats.number(over.height, lang),
        person=leaders(counted, lang),
        most=max(counted.values()),
    ).say(lang)


def table_week(packed: pl.DataFrame, lang: Lang = "ja") -> Table:
    """What of the week's work does not fit, and what nobody owes: one row per priority, and the total."""
    owned = pl.col("owner").is_not_null()
    counts = {"n": owned.sum(), "left_over": (owned & ~pl.col("fits")).sum(), "unassigned": (~owned).sum()}
    nobodys = packed["owner"].null_count()
    return _by_priority(packed, lang, **{name: one for name, one in counts.items() if nobodys or name != "unassigned"})


def table_priorities(ranked: pl.DataFrame, lang: Lang = "ja") -> Table:
    """How many open cases stand at each priority (Z-41): one row each, and the total."""
    return _by_priority(ranked, lang, n=pl.len())


def _by_priority(frame: pl.DataFrame, lang: Lang, **counts: pl.Expr) -> Table:
    counted = frame.group_by("priority").agg(**counts).sort("priority")
    sums = {name: formats.number(int(counted[name].sum()), lang) for name in counts}
    return with_total(table(counted, lang=lang), sums)


def contributions_said(people: pl.DataFrame, lang: Lang = "ja") -> str:
    """What all of them did together: the sentence to thank with (Z-42); empty where nobody did anything yet."""
    if people.is_empty():
        return ""
    done, kept, on_time = (int(people[name].sum()) for name in ("done", "kept", "on_time"))
    hours = formats.minutes(float(people["hours"].sum()) * 60, lang)
    return msg(
        "{height} people recorded {done} steps and kept {kept} promises, {on_time} of them in time ({hours} logged).",
        height=formats.number(people.height, lang),
        done=formats.number(done, lang),
        kept=formats.number(kept, lang),
        on_time=formats.number(on_time, lang),
        hours=hours,
    ).say(lang)


def table_contributions(people: pl.DataFrame, top: int, lang: Lang = "ja") -> Table:
    """Who did most, and what all of them did together: one row per person, at most `top`, and the total of all."""
    columns = ["person", "done", "cases", "won", "promises", "on_time", "rate", "ci_low", "ci_high", "too_few", "hours"]
    shown = most_done(people, top).rename({"kept": "promises"})
    made = table(shown, columns, contributions_said(people, lang), lang, paper=15)
    sums = {name: formats.number(int(people[name].sum()), lang) for name in ("done", "on_time")}
    promises = formats.number(int(people["kept"].sum()), lang)
    hours = formats.minutes(float(people["hours"].sum()) * 60, lang)
    return with_total(made, {**sums, "promises": promises, "hours": hours})


# ---- frames as these reports show them ----


def table_bases(
    bases: pl.DataFrame, since: date, until: date, playbooks: Sequence[Playbook], lang: Lang = "ja"
) -> Table:
    """The three date bases side by side: one row per playbook and stage (the answer of `date_bases`)."""
    key = ["playbook", "stage"]
    few = pl.col("too_few") & (pl.col("entered") > 0)
    shown = ("entered", "rate", "open", "too_few")
    wide = bases.with_columns(too_few=few).pivot("basis", index=key, values=shown)
    named = {f"{value}_{basis}": f"{basis}_{value}" for basis in BASES for value in shown}
    columns = [*key, "arrival_entered", "arrival_rate", "step_entered", "step_rate", "snapshot_open"]
    first, last = formats.day(since, lang), formats.day(until, lang)
    caption = msg("{first} to {last}", first=first, last=last).say(lang)
    return table(wide.rename(named), columns, caption, lang, playbooks=playbooks, paper=16)


def table_outcomes(
    outcomes: pl.DataFrame,
    by: str,
    playbooks: Sequence[Playbook],
    lang: Lang = "ja",
    names: dict[str, str] | None = None,
) -> Table:
    """What became of the cases of each group: one row per playbook and group that has enough of them, the lowest first;
    where none has, the ten with most cases, without rates.

    `outcomes` is the answer of `outcomes(by=...)`; `names` says what the groups are called. That the others have
    too few is said above the table.
    """
    groups = outcomes.filter(pl.col(by).is_not_null())
    told = groups.filter(~pl.col("too_few"))
    if told.is_empty():  # then at least the counts of the largest
        told = groups.sort("cases", descending=True, maintain_order=True).head(10)
    place = {book.id: number for number, book in enumerate(playbooks)}
    order = pl.col("playbook").replace_strict(place, default=len(place), return_dtype=pl.Int64)
    shown = told.sort(order, by if by == "cycle" else "rate", by).with_columns(pl.col(by).replace(names or {}))
    columns = ["playbook", by, "cases", "won", "lost", "open", "rate", "ci_low", "ci_high", "too_few"]
    head = labels.column(by, lang)
    few = msg_in("groups", " (the others: too few to tell)") if told.height < groups.height else Text("", "")
    caption = msg("By {head}{few}", head=head if lang == "ja" else head.lower(), few=few)
    return table(shown, columns, caption.say(lang), lang, playbooks=playbooks, paper=9)


def every_funnel(whole: pl.DataFrame, funnels: dict[str, pl.DataFrame]) -> str:
    """The funnel of all cases and those of all groups as CSV: one row per column grouped by (none: all cases), its
    value, playbook and stage.
    """
    parts = [frame.rename({by: "value"}).insert_column(0, pl.Series("by", [by] * frame.height, pl.String))
             for by, frame in funnels.items()]  # fmt: skip
    columns = ["by", "value", *whole.columns]
    named = whole.with_columns(by=pl.lit(None, pl.String), value=pl.lit(None, pl.String)).select(columns)
    return str(pl.concat([named, *parts], how="diagonal").write_csv(include_bom=True))


def table_decline_stages(cases: pl.DataFrame, playbooks: Sequence[Playbook], lang: Lang = "ja") -> Table:
    """At which stage cases were declined: one row per playbook and stage, in order, with its share of the declines.

    `cases` is the answer of `decline_cases`.
    """
    declined = cases.filter(pl.col("kind") == "declined", pl.col("stage").is_not_null())
    counted = declined.group_by("playbook", "stage").agg(n=pl.len().cast(pl.Int64))
    rated = with_rate(counted.with_columns(whole=pl.col("n").sum().over("playbook")), "n", "whole", "share")
    places = {(book.id, stage.id): (b, s) for b, book in enumerate(playbooks) for s, stage in enumerate(book.stages)}
    rows = sorted(
        rated.with_columns(too_few=too_few(pl.col("whole"))).to_dicts(),
        key=lambda row: places.get((row["playbook"], row["stage"]), (len(playbooks), 0)),
    )
    columns = ["playbook", "stage", "n", "share", "ci_low", "ci_high", "too_few"]
    shown = pl.DataFrame(rows, schema={**rated.schema, "too_few": pl.Boolean})
    made = table(shown, columns, _stages_said(rows, playbooks, lang), lang, playbooks=playbooks)
    return with_total(made, {"n": formats.number(sum(row["n"] for row in rows), lang)})


def _stages_said(rows: Sequence[Row], playbooks: Sequence[Playbook], lang: Lang) -> str:
    if len(rows) < 2:  # of one stage nothing is most
        return ""
    books = Playbooks(playbooks)
    worst = max(rows, key=lambda row: row["n"])
    book = books.named(worst["playbook"])
    stage, n, whole = stage_name(book, worst["stage"]), worst["n"], sum(row["n"] for row in rows)
    return msg(
        "Of {whole} declines, the most are at “{stage}” ({name}): {n}.", whole=whole, stage=stage, name=book.name, n=n
    ).say(lang)


def last_weeks(due: pl.DataFrame, day: date, weeks: int) -> pl.DataFrame:
    """The due actions whose due lay in the last weeks up to a day, the running one included."""
    this = pl.lit(day).dt.truncate("1w")
    of = pl.col("due_at").dt.date()
    return due.filter(of.is_between(this.dt.offset_by(f"-{weeks - 1}w"), day))


def table_offers(offers: pl.DataFrame, playbooks: Sequence[Playbook], lang: Lang = "ja") -> Table:
    """What became of the offers, and the exact test against the benchmark: one row per playbook."""
    caption = msg("Offers, and the exact binomial test against the benchmark")
    few = pl.col("verdict") == "too_few"
    decided = (pl.col("accepted") + pl.col("declined")).alias("decided")
    counted = offers.clone().insert_column(offers.columns.index("decline_rate"), offers.select(decided).to_series())
    shown = counted.rename({"accepted": "offers_accepted"}).with_columns(
        pl.when(~few).then(name).alias(name) for name in ("decline_rate", "ci_low", "ci_high")
    )
    return table(shown, caption=caption.say(lang), lang=lang, playbooks=playbooks)


def too_few_said(named: Sequence[str], lang: Lang = "ja") -> str:
    """What could not be drawn, in one line: the names of what has too few cases."""
    listed = COMMA.say(lang).join(named)
    return msg("{listed}: {too_few}.", listed=listed, too_few=TOO_FEW).say(lang)


def offer_series(offers: pl.DataFrame) -> pl.DataFrame:
    """Decline rates of offers as a series: one row per playbook and cycle, for `pictures.series`; null: too few."""
    told = pl.col("verdict") != "too_few"
    return offers.select(
        group="playbook",
        period="cycle",
        value=pl.when(told).then("decline_rate"),
        low=pl.when(told).then("ci_low"),
        high=pl.when(told).then("ci_high"),
        n=pl.col("accepted") + pl.col("declined"),
    )


def rate_series(rates: pl.DataFrame, group: str = "stage") -> pl.DataFrame:
    """Rates cycle by cycle: one row per `group` and cycle, for `pictures.series`; null where too few."""
    told = ~pl.col("too_few")
    return rates.select(
        group=group,
        period="cycle",
        value=pl.when(told).then("rate"),
        low=pl.when(told).then("ci_low"),
        high=pl.when(told).then("ci_high"),
        n="decided",
    )


def with_measure(frame: pl.DataFrame, playbooks: Sequence[Playbook], lang: Lang = "ja") -> pl.DataFrame:
    """A frame of measures with `measured` to its left: stage and measure in words, and the playbook where several."""
    books = Playbooks(playbooks)
    said = [
        _measured(books.named(book), stage, measure, lang, several=len(books) > 1)
        for book, stage, measure in frame.select("playbook", "stage", "measure").rows()
    ]
    kept = frame.drop("playbook", "stage", "measure")
    return kept.insert_column(0, pl.Series("measured", said, pl.String))


def _measured(book: Playbook, stage: str, measure: str, lang: Lang, *, several: bool) -> str:
    here = stage_name(book, stage).say(lang)
    said = here if measure == PASS else f"{here} ({labels.value('measure', measure, lang)})"
    return f"{book.name.say(lang)} / {said}" if several else said


def latest_cycle(rates: pl.DataFrame) -> str:
    """The last cycle that has ended; the running one, where none has."""
    ended = rates.filter("complete")
    return str((rates if ended.is_empty() else ended)["cycle"].max())


def table_cycle(rates: pl.DataFrame, moves: pl.DataFrame, playbooks: Sequence[Playbook], lang: Lang = "ja") -> Table:
    """The last complete cycle beside a year before, and where the series goes: one row per measure with enough cases.

    `rates` and `moves` are the answers of `cycle_rates` and `trends`.
    """
    key = ["playbook", "stage", "measure"]
    last = rates.filter(pl.col("cycle") == latest_cycle(rates))
    enough = last.filter(~pl.col("too_few")).join(
        moves.select(*key, "verdict"), on=key, how="left", maintain_order="left"
    )
    ends = enough.select("change_low", "change_high").rows()
    said = pl.Series("change_interval", [_points_said(low, high, lang) for low, high in ends], pl.String)
    shown = with_measure(enough.with_columns(said), playbooks, lang)
    columns = ["measured", "decided", "rate", "ci_low", "ci_high", "rate_year_before", "change", "change_interval"]
    beside = msg_in("groups", " (the others: too few to tell)") if enough.height < last.height else Text("", "")
    cycle = formats.cycle(latest_cycle(rates), lang) if rates.height else ""
    caption = msg(
        "The cycle {cycle}, a year earlier, and where the series is heading{beside}", cycle=cycle, beside=beside
    )
    over = caption.say(lang) if enough.height else ""
    return table(shown.rename({"verdict": "series_verdict"}), [*columns, "series_verdict"], over, lang, paper=14)


def _points_said(low: float | None, high: float | None, lang: Lang) -> str:
    if low is None or high is None:
        return formats.ABSENT
    return f"{low * 100:+.1f}" + msg(" to ").say(lang) + f"{high * 100:+.1f}"


def table_surveys(answers: pl.DataFrame, lang: Lang = "ja", cycles: int = 2) -> Table:
    """What was answered in the last cycles, each comment once: one row per kind, question and cycle."""
    last = answers["cycle"].unique().sort(descending=True).head(cycles)
    once = answers.filter(pl.col("cycle").is_in(last.to_list())).with_columns(
        pl.col("comments").list.unique(maintain_order=True)
    )
    shown = once.sort("kind", "question", "cycle", descending=[False, False, True], maintain_order=True)
    columns = ["kind", "question", "cycle", "answers", "mean_score", "ci_low", "ci_high", "too_few", "comments"]
    caption = msg("What was answered, the last {cycles} cycles", cycles=cycles).say(lang) if last.len() else ""
    return table(shown, columns, caption, lang, filters=["kind", "question", "cycle"])


def hours_of(hours: pl.DataFrame, cycle: str, most: int = 15) -> pl.DataFrame:
    """The hours of one cycle: one row per person and activity, for `pictures.load`, the most first."""
    told = hours.filter(pl.col("cycle") == cycle).select(
        "person", kind="activity", minutes=(pl.col("hours") * 60).round()
    )
    ranked = told.with_columns(whole=pl.col("minutes").sum().over("person") * -1)
    placed = ranked.with_columns(place=pl.struct("whole", "person").rank("dense"))
    return placed.filter(pl.col("place") <= most).sort("place", maintain_order=True).drop("whole", "place")


def load_of(packed: pl.DataFrame, most: int = 12) -> pl.DataFrame:
    """The week's work beside what each can carry: one row per person and priority, for `pictures.load`.

    The fullest first, and no more than `most` people; work without an owner is in the table of what does not fit.
    """
    owned = packed.filter(pl.col("owner").is_not_null())
    summed = owned.group_by(person="owner", kind=pl.col("priority").cast(pl.String)).agg(
        pl.col("minutes").sum(), capacity=pl.col("allowance").first()
    )
    whole = summed.with_columns(whole=pl.col("minutes").sum().over("person"))
    ranked = whole.sort(pl.col("whole") * -1, "person", "kind").with_columns(
        place=pl.struct(pl.col("whole") * -1, "person").rank("dense")
    )
    return ranked.filter(pl.col("place") <= most).sort("place", "kind").drop("whole", "place")


def criteria(ranked: pl.DataFrame) -> pl.DataFrame:
    """Why open cases are followed up when: one row per priority and criterion, `n` cases and their `share`."""
    counted = ranked.group_by("priority", "criterion").agg(n=pl.len().cast(pl.Int64))
    rated = with_rate(counted.with_columns(whole=pl.lit(ranked.height)), "n", "whole", "share")
    few = rated.with_columns(too_few=too_few(pl.col("whole"))).drop("whole")
    return few.sort("priority", pl.col("n") * -1, "criterion")


def most_done(people: pl.DataFrame, most: int = 12) -> pl.DataFrame:
    """Who did most: one row per person."""
    return people.filter(pl.col("done") > 0).sort(pl.col("done") * -1, "person").head(most)
