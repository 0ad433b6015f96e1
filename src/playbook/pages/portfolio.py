"""The placements of one manager, one client or the whole bank: what is due, what slips, who is silent, who stayed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from playbook.answers.placed.placements import (
    known_proposals,
    milestone_progress,
    owed,
    placements,
    proposals_by_status,
    review_rules,
)
from playbook.answers.placed.retention import STATES, retention, ways_out, within_six_months
from playbook.clock.due import OPEN
from playbook.clock.known import EventLog
from playbook.pages.findings import Finding
from playbook.rules.nouns import Playbook
from playbook.show import formats, view
from playbook.words.catalogue import msg
from playbook.words.text import Lang, Text

LIVE = ("offered", "stayed", "unknown")

_LIVE = msg("Followed now")
_OVERDUE = msg("Reviews overdue")
_LATE = msg("Goals slipping")
_NEAR = msg("Goals at risk")
_SILENT = msg("Silent placements")
_WON = msg("Proposals won")
_ALL = msg("All")
_HEADLINE = msg("{live} followed, {overdue} reviews overdue, {silent} silent")
_LEFT = msg("Left")
_NO_GOALS = msg("no goals recorded")
_NO_PROPOSALS = msg("no proposals recorded")


@dataclass(frozen=True)
class Portfolio:
    """Placements on a day, in the parts a manager asks about.

    `placements`: see `placements.placements`, with `client` (its name). `reviews`: open due actions of reviews up to
    some weeks ahead, overdue ones included (columns of `due`). `goals`: milestones slipping or at risk, with whom they
    are of; those of who left are no goals any more. `curve`, `curve_by`: see `retention.retention`, of all and by
    group. `ways`: see `retention.ways_out`. `six_months`, `six_months_by`: see `retention.within_six_months`, of all
    and by group. `proposals`: see `placements.known_proposals`, with `client`.
    """

    day: date
    placements: pl.DataFrame
    reviews: pl.DataFrame
    goals: pl.DataFrame
    curve: pl.DataFrame
    curve_by: pl.DataFrame
    ways: pl.DataFrame
    six_months: pl.DataFrame
    six_months_by: pl.DataFrame
    proposals: pl.DataFrame
    playbooks: tuple[Playbook, ...]
    clients: pl.DataFrame

    def cards(self, lang: Lang = "ja") -> Finding:
        """The numbers above the portfolio."""
        late, near = self.goals.filter(status="slipping").height, self.goals.filter(status="at_risk").height
        overdue = self.reviews.filter(status="overdue").height
        goals, proposed = bool(self.placements["milestones"].sum()), not self.proposals.is_empty()
        shown = view.cards(
            (
                view.Card(_LIVE.say(lang), formats.number(self.live.height, lang)),
                view.Card(_OVERDUE.say(lang), formats.number(overdue, lang), status="overdue" if overdue else ""),
                view.Card(_LATE.say(lang), *_counted(late, goals, _NO_GOALS, lang), "overdue" if late else ""),
                view.Card(_NEAR.say(lang), *_counted(near, goals, _NO_GOALS, lang), "at_risk" if near else ""),
                view.Card(_SILENT.say(lang), formats.number(self.silent.height, lang)),
                view.Card(_WON.say(lang), formats.money(self.revenue, lang))
                if proposed
                else view.Card(_WON.say(lang), formats.ABSENT, _NO_PROPOSALS.say(lang)),
            )
        )
        counts = {"live": self.live.height, "overdue": overdue, "silent": self.silent.height}
        headline = _HEADLINE.say(lang).format(**{name: formats.number(n, lang) for name, n in counts.items()})
        return Finding(headline, shown, stands=False)

    def table_states(self, lang: Lang = "ja") -> view.Table:
        """How many placements are in each state, and are followed: one row per state, and the total."""
        counted = self.placements.group_by("status").agg(n=pl.len())
        followed = self.live.group_by("status").agg(followed=pl.len())
        rows = counted.join(followed, on="status", how="left").with_columns(pl.col("followed").fill_null(0))
        sums = {name: formats.number(int(rows[name].sum()), lang) for name in ("n", "followed")}
        return view.with_total(view.table(rows.sort("n", "status", descending=[True, False]), lang=lang), sums)

    def table_reviews(self, lang: Lang = "ja") -> view.Table:
        """How many of the reviews ahead stand how: one row per status, and the total."""
        counted = self.reviews.group_by(pl.col("status").cast(pl.String)).agg(n=pl.len())
        made = view.table(counted.sort("n", "status", descending=[True, False]), lang=lang)
        return view.with_total(made, {"n": formats.number(self.reviews.height, lang)})

    def table_goals(self, lang: Lang = "ja", caption: str = "") -> view.Table:
        """How many goals are slipping and how many at risk: one row per status; no row where no goal is recorded."""
        if not self.placements["milestones"].sum():
            return view.Table("", (), (), lang=lang)
        counted = pl.DataFrame({"status": ["slipping", "at_risk"]}).join(
            self.goals.group_by("status").agg(n=pl.len()), on="status", how="left", maintain_order="left"
        )
        return view.table(counted.with_columns(pl.col("n").fill_null(0)), caption=caption, lang=lang)

    def names(self, lang: Lang = "ja") -> dict[str, str]:
        """What the groups of the curves are called where they have no name of their own."""
        return {"all": _ALL.say(lang)}

    def counts(self, lang: Lang = "ja", by: str = "") -> pl.DataFrame:
        """What had become of the hires at six months: one row per fiscal year (and group); no rate of a few people."""
        frame = self.six_months_by if by else self.six_months
        kept = pl.when(~pl.col("too_few")).then(pl.col("rate", "ci_low", "ci_high"))
        return frame.with_columns(kept).drop("too_few").rename({"left": _LEFT.say(lang), "rate": "retention"})

    @property
    def live(self) -> pl.DataFrame:
        """The placements that are still followed: before joining, in employment, or unknown."""
        return self.placements.filter(pl.col("status").is_in(list(LIVE)), pl.col("closed_on").is_null())

    @property
    def silent(self) -> pl.DataFrame:
        """The placements of which a side has been quiet for three months, the longest silence first."""
        quiet = self.placements.filter(pl.col("silent").is_not_null())
        return quiet.sort("silent_days", "case_id", descending=[True, False])

    @property
    def states(self) -> dict[str, int]:
        """How many placements are in each state; who was dismissed stands apart from who left."""
        found = self.placements["status"].to_list()
        return {state: found.count(state) for state in STATES}

    @property
    def by_status(self) -> pl.DataFrame:
        """Proposals by status, with their amounts."""
        return proposals_by_status(self.proposals)

    @property
    def revenue(self) -> float:
        """What the proposals that were won amount to, in yen."""
        return float(self.proposals.filter(pl.col("status") == "won")["amount"].sum())


def portfolio(
    log: EventLog,
    *,
    manager: str = "",
    client: str = "",
    by: str = "segment",
    weeks: int = 4,
    horizon: int = 7,
) -> Portfolio:
    """The placements of a manager and a client (of all, where they are empty) on the as-of's day.

    `by`: the column of cases or clients that the curves go by; `weeks`: how far ahead reviews are listed.
    """
    due = owed(log, horizon)
    names = log.tables.clients.select("client_id", client="name")
    everyone = placements(log, horizon, due)
    wanted = [pl.col(column) == value for column, value in (("manager", manager), ("client_id", client)) if value]
    mine = everyone.filter(pl.lit(True), *wanted).join(names, on="client_id", how="left", maintain_order="left")
    cases = mine["case_id"].to_list()
    own = pl.col("case_id").is_in(cases)
    near = pl.col("status").is_in(OPEN) & (pl.col("days_left") <= 7 * weeks)
    reviews = due.filter(own, near, pl.col("rule_id").is_in(list(review_rules(log))))
    there = pl.col("case_id").is_in(mine.filter(pl.col("status").is_in(list(LIVE)))["case_id"].to_list())
    late = milestone_progress(log).filter(there, pl.col("status").is_in(["slipping", "at_risk"]))
    about = mine.select("case_id", "client", "subject", "manager")
    proposals = known_proposals(log).filter(pl.col("client_id").is_in(mine["client_id"].unique().to_list()))
    return Portfolio(
        log.as_of.day,
        mine,
        reviews.sort("due_at", "case_id", "rule_id"),
        late.join(about, on="case_id", how="left").sort("due_on", "case_id", "milestone"),
        _readable(retention(log, (), cases)),
        _readable(retention(log, by, cases)),
        ways_out(log, (), cases),
        within_six_months(log, (), cases),
        within_six_months(log, by, cases),
        proposals.join(names, on="client_id", how="left", maintain_order="left"),
        log.playbooks,
        log.tables.clients,
    )


def _counted(n: int, known: bool, why: Text, lang: Lang) -> tuple[str, str]:
    """A number, or that nothing of its kind is recorded: then 0 would say too much."""
    return (formats.number(n, lang), "") if known else (formats.ABSENT, why.say(lang))


def _readable(curve: pl.DataFrame) -> pl.DataFrame:
    """The curves that rest on enough hires: a line of three people says more about luck than about work."""
    return curve.filter(~pl.col("too_few"))
