"""The rows that could not be read, as a page shows them: those of its reader, and how many there are of others."""

from __future__ import annotations

from playbook.answers.owed.week import WeeklyList
from playbook.pages.accounted import Account
from playbook.show import view
from playbook.show.refusals import with_reasons
from playbook.tables.stored import Tables
from playbook.tables.subset import unread_of
from playbook.words.catalogue import msg
from playbook.words.text import Lang

_OTHERS = msg("{} more rows of others could not be read")


def unread(tables: Tables, week: WeeklyList, lang: Lang, *, owner: str = "", client: str = "") -> view.Table | Account:
    """The rows of a workspace that could not be used: one row each, in the order of the tables.

    On a list of one person or one client, only those of a case on it, or of the client; of the others, the number.
    """
    own = (week.actions, week.resolved, week.orphans)
    cases = {case for rows in own for case in rows["case_id"]} if owner else None
    rows, others = unread_of(tables, client=client, cases=cases)
    said = _OTHERS.say(lang).format(others) if others else ""
    made = view.table(with_reasons(rows, lang).drop("code"), caption=said, lang=lang)
    nothing = view.Table("", (), (), lang=lang)
    return Account((said,), nothing, nothing) if others and rows.is_empty() else made
