"""Counts with their shares as a table with a bar in each row: the picture and its numbers in one, without a script."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import polars as pl

from playbook.rules.nouns import Playbook
from playbook.show import labels
from playbook.show.charts.sentences import Names, called_as, leaders
from playbook.show.view import Table, polars, table, with_bars
from playbook.words.catalogue import msg
from playbook.words.text import Lang, Text

if TYPE_CHECKING:
    from playbook.show.view import AnyFrame

_MOST = 12
_UNSAID = msg("not recorded")


def shares(
    frame: AnyFrame,
    of: str,
    lang: Lang = "ja",
    *,
    n: str = "n",
    share: str = "share",
    title: str = "",
    names: Names = None,
    playbooks: Iterable[Playbook] = (),
) -> Table:
    """How often each value of a column was named: one row per value, a bar of its count, its share with the interval.

    `frame` has one row per value of `of`: counts `n` and `share` (columns may have other names), `ci_low`, `ci_high`,
    `too_few`; the first twelve are shown, and how many more there are is said. `names` says what the values are called.
    """
    data = polars(frame)
    shown = data.head(_MOST)
    called = [called_as(code, names, of, lang) if code is not None else _unsaid(of, lang) for code in shown[of]]
    named = shown.with_columns(pl.Series(of, called, pl.String))
    columns = [of, n, share, "ci_low", "ci_high", "too_few"]
    made = table(named, columns, _caption(named, of, n, title, data.height, lang), lang, playbooks=playbooks)
    most = max([1, *shown[n].to_list()])
    return with_bars(made, [(("advanced", count / most),) for count in shown[n]])


def _unsaid(of: str, lang: Lang) -> str:
    return labels.absent(of, lang) or _UNSAID.say(lang)


def _caption(named: pl.DataFrame, of: str, n: str, title: str, height: int, lang: Lang) -> str:
    """The title, the commonest, and how many values are not shown; of a tie of many none is the commonest."""
    counts = {str(name): float(count) for name, count in named.select(of, n).iter_rows()}
    most = int(max([0, *counts.values()]))
    parts = [title] if title else []
    # Of one value nothing is most.
    tied = list(counts.values()).count(most)
    if len(counts) > 1 and most and tied <= min(3, most):
        said = msg("most: {leaders}, {most}") if tied == 1 else msg("most: {leaders}, {most} each")
        parts.append(said.say(lang).format(leaders=leaders(counts, lang), most=most))
    left = height - named.height
    return Text(": ", ": ").say(lang).join(parts) + (
        msg(" ({left} more not shown)", left=left).say(lang) if left else ""
    )
