"""A column of dates as it comes, decided as a whole: every form that one column mixes, and what only the column can
tell.

One cell `01/02/2026` says nothing; three hundred of them usually do. The order of day and month is taken from the
cells that have only one reading; where there is none, from weekdays, spread and the other dates of the same row, and
then said to be likely, not certain. A column whose cells all parse may still be wrong: where day and month were
swapped, the cells that could be swapped fall on other weekdays and months than those that could not. Such a column is
flagged.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import polars as pl

from playbook.days.any_form import DAY_ZERO, FIRST, LAST, ORDERS, Epoch, Order, WrittenDay, read_day, within_years
from playbook.tables.columns import ZERO_DAYS
from playbook.words.catalogue import listed, msg
from playbook.words.problem import Remark
from playbook.words.text import Text

FORMS: dict[str, Text] = {
    "iso": msg("2026-01-05 (ISO)"),
    "slashes": Text("2026/1/5", "2026/1/5"),
    "kanji": Text("2026年1月5日", "2026年1月5日"),
    "era": msg("Japanese era"),
    "compact": Text("20260105", "20260105"),
    "zoned": msg("instant with an offset (Z)"),
    "epoch": msg("milliseconds or seconds since 1970"),
    "excel": msg("Excel serial number"),
    "month name": msg("month by name"),
    "year first": msg("year/month/day, two digits"),
    "day first": msg("day/month/year"),
    "month first": msg("month/day/year"),
    "as told": msg("the format that was told"),
    "range": msg("the start of a range"),
    "with text": msg("a day with words"),
    "no year": msg("a day without its year"),
}

REFUSALS: dict[str, Text] = {
    "bad_date": msg("not a date"),
    "ambiguous_date": msg(
        'the order of day and month is not known; say read = "day first" or "month first" in the mapping'
    ),
    "no_year": msg("the year is missing; say it in the mapping, such as year = 2026"),
    "out_of_range": msg("a day outside the years {first} to {last}", first=FIRST, last=LAST),
    "two_days": msg("two days in one cell"),
    "planned_day": msg("a day that is said to be planned: not held yet"),
    "not_held": msg("a day that is said to have been called off"),
    "duration": msg("a duration, not a date"),
    "time_only": msg("a time without a date"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How a person says that a column is to be read; what is not said is decided from the column."""

    order: Order | None = None
    epoch: Epoch | None = None
    formats: tuple[str, ...] = ()
    timezone: str | None = None
    swapped: bool = False
    year: int | None = None


@dataclass(frozen=True, slots=True)
class DateColumn:
    """A column of dates, read.

    `text`: ISO 8601, a day alone where no time was written, else local time with its offset; null where blank or
    refused. `refused`: a key of `REFUSALS` where a cell cannot be read, else null. `forms`: how many cells had which
    form. `notes`: the words that stand beside the day in its cell.
    """

    text: pl.Series
    refused: pl.Series
    forms: Mapping[str, int]
    remarks: tuple[Remark, ...] = ()
    notes: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.String))

    @property
    def planned(self) -> pl.Series:
        """Where the words beside a day say that it is still to come."""
        return self.notes.str.contains(_PLANNED).fill_null(False)

    @property
    def called_off(self) -> pl.Series:
        """Where the words beside a day say that nothing took place on it."""
        return self.notes.str.contains(_CALLED_OFF).fill_null(False)


_PLANNED = "予定|見込|仮|調整|希望|候補|確定待|(?i:planned|scheduled|tentative|tbc|tbd)|[?？]"
_CALLED_OFF = (
    "キャンセル|中止|取消|取り消し|取りやめ|延期|不参加|欠席|ドタキャン|飛び|ばっくれ|辞退|見送|不採用|不合格"
    "|(?i:cancel|no.?show|postponed|declined|withdr)|[×✕✖]|^(?i:ng)$"
)


def read_dates(
    column: pl.Series,
    zone: str,
    told: Reading = Reading(),
    beside: Sequence[pl.Series] = (),
    taken: date | None = None,
) -> DateColumn:
    """A text column, with null for blank cells, read as dates in the zone `zone`.

    `beside`: other date columns of the same rows as ISO text, where they are known: they help to decide, and to doubt.
    `taken`: the day of the export, which days without a year mostly are not after.

    >>> read = read_dates(pl.Series(["13/01/2026", "02/03/2026", "令和8年1月5日", "45000", "3日"]), "Asia/Tokyo")
    >>> read.text.to_list(), read.refused.to_list()[-1]
    (['2026-01-13', '2026-03-02', '2026-01-05', '2023-03-15', None], 'duration')
    """
    column = column.set(column.is_in(ZERO_DAYS), None) if len(column) else column
    counts = Counter[str](column.drop_nulls().to_list())
    cells = {written: read_day(written, told.formats) for written in counts}
    near = _near(column, beside)
    order, remarks = _order(cells, counts, told, near)
    epoch, more = _epoch(cells, counts, told)
    decided = {written: _decided(cell, order, epoch) for written, cell in cells.items()}
    doubts = _doubts(decided, counts, near, told)
    if told.swapped:
        decided = {w: _swap(cell) if _is_swapped(w, cell, near) else cell for w, cell in decided.items()}
    read = _column(column, decided, counts, zone, told, (*remarks, *more, *doubts))
    return _with_years(column, read, decided, zone, told, beside, taken)


def _with_years(
    column: pl.Series,
    read: DateColumn,
    cells: Mapping[str, WrittenDay],
    zone: str,
    told: Reading,
    beside: Sequence[pl.Series],
    taken: date | None,
) -> DateColumn:
    """The column with a year for its days that have none: as told, the one that is nearest to the other days of the
    row, else the last one that is not after the export."""
    open_ = {written: cell for written, cell in cells.items() if cell.yearless is not None}
    if not open_:
        return read
    rows = [n for n, written in enumerate(column) if written in open_]
    known = [one.str.head(10).str.to_date("%Y-%m-%d", strict=False) for one in beside]
    own = read.text.str.head(10).str.to_date("%Y-%m-%d", strict=False)
    last = taken or max((day for one in [own, *known] if isinstance(day := one.max(), date)), default=None)
    text, refused = read.text.to_list(), read.refused.to_list()
    found: Counter[str] = Counter()
    for n in rows:
        cell = open_[column[n]]
        near = [one[n] for one in known if one[n] is not None]
        moment, how = _year_of(cell, told.year, near, last)
        if moment is not None:
            text[n] = _iso(
                WrittenDay("no year", moment, cell.has_time), ZoneInfo(told.timezone or zone), ZoneInfo(zone)
            )
            refused[n] = None
            found[how] += 1
    forms = {**read.forms, "no year": found.total()} if found else read.forms
    return replace(
        read,
        text=pl.Series(column.name, text, pl.String),
        refused=pl.Series(column.name, refused, pl.String),
        forms=dict(sorted(forms.items())),
        remarks=(*read.remarks, *_about_years(found)),
    )


def _year_of(
    cell: WrittenDay, year: int | None, near: Sequence[date], last: date | None
) -> tuple[datetime | None, str]:
    """The moment of a day without a year, and what told the year."""
    month, day, clock = cell.yearless or (1, 1, timedelta())

    def of(number: int) -> datetime | None:
        try:
            return datetime(number, month, day) + clock
        except ValueError:
            return None

    if year is not None:
        return of(year), "told"
    if near:
        years = {one.year + by for one in near for by in (-1, 0, 1)}
        found = [moment for number in sorted(years) if (moment := of(number)) is not None]
        nearest = min(found, key=lambda moment: sum(abs((moment.date() - one).days) for one in near), default=None)
        return nearest, "row"
    if last is None:
        return None, ""
    ahead = last + timedelta(days=_AHEAD)
    found = [moment for by in range(5) if (moment := of(ahead.year - by)) is not None and moment.date() <= ahead]
    return max(found, default=None), "export"


_AHEAD = 92
"""How many days after an export a day without a year may lie: an interview or a joining that is planned."""


def _about_years(found: Mapping[str, int]) -> tuple[Remark, ...]:
    said: dict[str, Callable[[int], Text]] = {
        "told": lambda n: msg("{n} days without a year: the year that was told", n=n),
        "row": lambda n: msg("{n} days without a year: the year that fits the other days of their row", n=n),
        "export": lambda n: msg(
            "{n} days without a year, alone in their rows: the year that fits the day of the export; please check", n=n
        ),
    }
    return tuple(Remark(said[how](n), doubt=how == "export") for how, n in sorted(found.items()))


def _column(
    column: pl.Series,
    cells: Mapping[str, WrittenDay],
    counts: Counter[str],
    zone: str,
    told: Reading,
    remarks: tuple[Remark, ...],
) -> DateColumn:
    source = ZoneInfo(told.timezone or zone)
    text = {written: _iso(cell, source, ZoneInfo(zone)) for written, cell in cells.items()}
    refused = {written: cell.refused or None for written, cell in cells.items()}
    forms: Counter[str] = Counter()
    for written, cell in cells.items():
        if not cell.refused:
            forms["with text" if cell.note else cell.form] += counts[written]
    notes = {written: cell.note or None for written, cell in cells.items()}
    said = dict(sorted(forms.items()))
    return DateColumn(_mapped(column, text), _mapped(column, refused), said, remarks, _mapped(column, notes))


def _mapped(column: pl.Series, values: Mapping[str, str | None]) -> pl.Series:
    keys = pl.Series(list(values), dtype=pl.String)
    wanted = pl.Series(list(values.values()), dtype=pl.String)
    return column.replace_strict(keys, wanted, default=None, return_dtype=pl.String)


def _iso(cell: WrittenDay, source: ZoneInfo, target: ZoneInfo) -> str | None:
    if cell.moment is None:
        return None
    if not cell.has_time:
        return cell.moment.date().isoformat()
    aware = cell.moment if cell.moment.tzinfo else cell.moment.replace(tzinfo=source)
    try:
        return aware.astimezone(target).isoformat()
    except OverflowError:
        return None


# The whole column

_ROWS_BESIDE = 5000


def _near(column: pl.Series, beside: Sequence[pl.Series]) -> dict[str, list[date]]:
    """For each distinct text of the first rows, the days that stand beside it in its rows (at most 50 of them)."""
    near: dict[str, list[date]] = {}
    for other in beside:
        days = other.head(_ROWS_BESIDE).str.head(10).str.to_date("%Y-%m-%d", strict=False)
        for written, day in zip(column.head(_ROWS_BESIDE), days, strict=True):
            if written is not None and day is not None and len(found := near.setdefault(written, [])) < 50:
                found.append(day)
    return near


def _order(
    cells: Mapping[str, WrittenDay], counts: Counter[str], told: Reading, near: Mapping[str, list[date]]
) -> tuple[Order | None, tuple[Remark, ...]]:
    """The order of the triples of a column, and how it was found; None where nobody can know."""
    triples = {written: cell.by_order for written, cell in cells.items() if cell.by_order}
    if not triples:
        return None, ()
    if told.order:
        return told.order, (Remark(msg("read {said}, as told", said=_said(told.order))),)
    proof = {order: sum(counts[w] for w, by in triples.items() if set(by) == {order}) for order in ORDERS}
    viable = [order for order in ORDERS if any(order in by for by in triples.values())]
    total = sum(counts[written] for written in triples)
    proven = [order for order in viable if proof[order]]
    if proven:
        best = max(proven, key=lambda order: proof[order])
        against = sum(counts[w] for w, by in triples.items() if best not in by)
        if against * 20 <= proof[best]:
            return best, (_proven(best, proof[best], total), *_against(against))
        return None, (_mixed(proof, total),)
    if len(viable) == 1:
        return viable[0], ()
    return _likely(triples, counts, near, viable, total)


def _proven(order: Order, n: int, total: int) -> Remark:
    said = _said(order)
    return Remark(
        msg(
            "{n} of {total} cells are dates in this order only, so the whole column is read {said}",
            n=n,
            total=total,
            said=said,
        )
    )


def _against(n: int) -> tuple[Remark, ...]:
    if not n:
        return ()
    text = msg("{n} cells are no dates in this order", n=n)
    return (Remark(text, doubt=True),)


def _mixed(proof: Mapping[Order, int], total: int) -> Remark:
    orders = listed(msg("{n} only {order}", n=n, order=_said(order)) for order, n in proof.items() if n)
    return Remark(msg("orders are mixed ({orders}, of {total})", orders=orders, total=total), doubt=True)


def _said(order: Order) -> Text:
    return {
        "year first": msg("year first"),
        "day first": msg("day first"),
        "month first": msg("month first"),
    }[order]


_CLEAR = 5.0
"""By how much one reading must be likelier than the next (logarithm): about 150 to 1."""


def _likely(
    triples: Mapping[str, Mapping[Order, datetime]],
    counts: Counter[str],
    near: Mapping[str, list[date]],
    viable: Sequence[Order],
    total: int,
) -> tuple[Order | None, tuple[Remark, ...]]:
    """The order in which the column looks most like dates of office work, where that is clear."""
    if all(len(set(by.values())) == 1 for by in triples.values()):
        return viable[0], ()
    complete = [order for order in viable if all(order in by for by in triples.values())]
    scores = {order: _office({w: by[order].date() for w, by in triples.items()}, counts, near) for order in complete}
    ranked = sorted(scores, key=lambda order: -scores[order])
    if total >= 5 and len(ranked) > 1 and scores[ranked[0]] - scores[ranked[1]] >= _CLEAR:
        said = _said(ranked[0])
        text = msg(
            "every cell has two readings; weekdays, spread and the row's other dates say {said}; please check",
            said=said,
        )
        return ranked[0], (Remark(text, doubt=True),)
    return None, ()


def _office(days: Mapping[str, date], counts: Counter[str], near: Mapping[str, list[date]]) -> float:
    """How much some days look like office work (logarithm): on weekdays, close together, close to the row's other
    days.
    """
    weekdays = sum(counts[w] * math.log(0.19 if day.weekday() < 5 else 0.025) for w, day in days.items())
    # Weighs little: days of one month are likelier than the same day of many, but never alone enough to decide.
    spread = -math.log(1 + (max(days.values()) - min(days.values())).days)
    return weekdays + spread + _closeness(days, near)


def _closeness(days: Mapping[str, date], near: Mapping[str, list[date]]) -> float:
    return -sum(math.log1p(abs((other - day).days)) for w, day in days.items() for other in near.get(w, ()))


def _epoch(cells: Mapping[str, WrittenDay], counts: Counter[str], told: Reading) -> tuple[Epoch, tuple[Remark, ...]]:
    """The epoch of the serial numbers of a column: as told, or the one that lies nearer to its other dates, or 1900."""
    serials = [cell.moment for cell in cells.values() if cell.form == "excel" and cell.moment]
    if not serials:
        return "excel 1900", ()
    n = sum(counts[written] for written, cell in cells.items() if cell.form == "excel")
    if told.epoch:
        return told.epoch, (Remark(msg("{n} serial numbers read from {year}", n=n, year=told.epoch[-4:])),)
    others = [c.moment.replace(tzinfo=None) for c in cells.values() if c.moment and c.form not in ("excel", "")]
    shift = DAY_ZERO["excel 1904"] - DAY_ZERO["excel 1900"]
    if others:
        middle = sorted(others)[len(others) // 2]
        now, later = (abs(sorted(serials)[len(serials) // 2] + by - middle) for by in (timedelta(), shift))
        if later * 3 < now:
            nearer = msg("{n} serials read from 1904, nearer to the rest", n=n)
            return "excel 1904", (Remark(nearer, doubt=True),)
    return "excel 1900", (Remark(msg("{n} serial numbers read from 1900 (Windows)", n=n)),)


def _decided(cell: WrittenDay, order: Order | None, epoch: Epoch) -> WrittenDay:
    if cell.form == "excel" and cell.moment:
        shift = DAY_ZERO[epoch] - DAY_ZERO["excel 1900"]
        return within_years("excel", cell.moment + shift, cell.has_time)
    if not cell.by_order:
        return cell
    if order in cell.by_order:
        return within_years(order or "", cell.by_order[order], cell.has_time)  # type: ignore[index]
    if len(set(cell.by_order.values())) == 1 and order is None:
        only = next(iter(cell.by_order))
        return within_years(only, cell.by_order[only], cell.has_time)
    return WrittenDay(refused="bad_date" if order else "ambiguous_date")


# Doubt


def _doubts(
    cells: Mapping[str, WrittenDay], counts: Counter[str], near: Mapping[str, list[date]], told: Reading
) -> tuple[Remark, ...]:
    days = {w: c.moment.date() for w, c in cells.items() if c.moment is not None and c.form != "epoch"}
    if told.swapped:
        either = [w for w, day in days.items() if _swappable(day)]
        return _about_swapped(either, [w for w in either if _is_swapped(w, cells[w], near)], counts)
    swap = _half_converted(cells, counts) or _swap_doubt(days, counts, near)
    return (*swap, *_weekend_doubt(days, counts))


_NEARER = 21
"""By how many days, on average, the other days of its row must lie nearer before a day is taken to be swapped."""


def _is_swapped(written: str, cell: WrittenDay, near: Mapping[str, list[date]]) -> bool:
    """Whether a cell cannot be right as it stands: swapped it lies far nearer to the other days of its row. Where no
    row has other days, nobody can tell, and all that could be swapped are."""
    if cell.moment is None or not _swappable(cell.moment.date()):
        return False
    return not near or _lies_nearer(cell.moment.date(), near.get(written, []))


def _lies_nearer(day: date, others: Sequence[date]) -> bool:
    now, then = (sum(abs((other - one).days) for other in others) for one in (day, _swapped(day)))
    return bool(others) and then + _NEARER * len(others) < now


def _about_swapped(either: Sequence[str], done: Sequence[str], counts: Counter[str]) -> tuple[Remark, ...]:
    """What was swapped as told, and what was left because it may be right as it stands."""
    n = sum(counts[w] for w in done)
    told = Remark(msg("day and month of {n} cells swapped, as told", n=n))
    left = [w for w in either if w not in set(done)]
    if not left:
        return (told,)
    m, shown = sum(counts[w] for w in left), ", ".join(left[:8])
    text = msg(
        "{m} cells fit the other days of their rows as they stand, and were left ({shown}); please check",
        m=m,
        shown=shown,
    )
    return (told, Remark(text, doubt=True))


def _swappable(day: date) -> bool:
    return day.day <= 12 and day.day != day.month


def _swapped(day: date) -> date:
    return date(day.year, day.day, day.month)


def _swap(cell: WrittenDay) -> WrittenDay:
    if cell.moment is None or not _swappable(cell.moment.date()):
        return cell
    swapped = cell.moment.replace(month=cell.moment.day, day=cell.moment.month)
    return WrittenDay(cell.form, swapped, cell.has_time)


def _half_converted(cells: Mapping[str, WrittenDay], counts: Counter[str]) -> tuple[Remark, ...]:
    """A flag where a spreadsheet took for dates exactly the cells whose day could be a month, and left the others as
    text.
    """
    by_form: dict[bool, list[tuple[str, date]]] = {True: [], False: []}
    for written, cell in cells.items():
        if cell.moment is not None:
            by_form[cell.form in ("day first", "month first")].append((written, cell.moment.date()))
    left, taken = ([(counts[written], day) for written, day in by_form[kind]] for kind in (True, False))
    n, rest = (sum(count for count, _ in some) for some in (taken, left))
    if n < 8 or rest < 8 or any(day.day > 12 for _, day in taken) or any(day.day <= 12 for _, day in left):
        return ()
    text = msg(
        "a spreadsheet seems to have turned only some cells into dates: the {rest} left as text are"
        " all after the 12th, the {n} others are not; if day and month are swapped in these, say"
        " swapped = true in the mapping",
        rest=rest,
        n=n,
    )
    return (Remark(text, doubt=True),)


def _swap_doubt(days: Mapping[str, date], counts: Counter[str], near: Mapping[str, list[date]]) -> tuple[Remark, ...]:
    """A flag where the cells that could be swapped fit the others (which could not) far better once they are."""
    open_ = {w: day for w, day in days.items() if _swappable(day)}
    fixed = {w: day for w, day in days.items() if day.day > 12}
    n, rest = (sum(counts[w] for w in some) for some in (open_, fixed))
    if n < 8 or rest < 8:
        return ()
    gain = sum(
        _likelihood(fixed, counts, view)(open_, _swapped) - _likelihood(fixed, counts, view)(open_, _same)
        for view in (_weekday, _year_month)
    )
    gain += _closeness({w: _swapped(day) for w, day in open_.items()}, near) - _closeness(open_, near)
    if gain < max(_CLEAR, 0.1 * n):
        return ()
    nearer = [w for w, day in open_.items() if _lies_nearer(day, near.get(w, []))] if near else list(open_)
    if not nearer:
        return ()
    first, n, total = nearer[0], sum(counts[w] for w in nearer), n + rest
    text = msg(
        "day and month are probably swapped: {n} of {total} cells fit the weekdays and months of the"
        " rest better the other way (such as {first}: {swapped}); if so, say swapped = true in the"
        " mapping",
        n=n,
        total=total,
        first=first,
        swapped=_swapped(open_[first]),
    )
    return (Remark(text, doubt=True),)


def _same(day: date) -> date:
    return day


def _weekday(day: date) -> int:
    return day.weekday()


def _year_month(day: date) -> int:
    return day.year * 12 + day.month


def _likelihood(
    model: Mapping[str, date], counts: Counter[str], view: Callable[[date], int]
) -> Callable[[Mapping[str, date], Callable[[date], date]], float]:
    """How likely some days are (logarithm), judged by how often others fall on the same weekday, or month."""
    seen: Counter[int] = Counter()
    for written, day in model.items():
        seen[view(day)] += counts[written]
    kinds = 7 if view is _weekday else max(12, max(seen) - min(seen) + 1)
    total = sum(seen.values()) + kinds * 0.5

    def of(days: Mapping[str, date], change: Callable[[date], date]) -> float:
        return sum(counts[w] * math.log((seen[view(change(day))] + 0.5) / total) for w, day in days.items())

    return of


def _weekend_doubt(days: Mapping[str, date], counts: Counter[str]) -> tuple[Remark, ...]:
    total = sum(counts[w] for w in days)
    weekend = sum(counts[w] for w, day in days.items() if day.weekday() >= 5)
    if total < 20 or weekend * 5 < total:
        return ()
    text = msg("{weekend} of {total} fall on a weekend; please check", weekend=weekend, total=total)
    return (Remark(text, doubt=True),)


def order_doubts(columns: Sequence[tuple[str, pl.Series]]) -> list[tuple[str, Remark]]:
    """Pairs of columns that ought to follow each other in time, where more than one row in twenty says otherwise.

    `columns`: name and ISO text, in the order in which the steps are taken. Returns the later column's name and a
    remark.
    """
    found = []
    for (before, first), (after, second) in pairwise(columns):
        a, b = (one.str.head(10).str.to_date("%Y-%m-%d", strict=False) for one in (first, second))
        both = int((a.is_not_null() & b.is_not_null()).sum())
        wrong = int((b < a).sum())
        if wrong >= 3 and wrong * 20 > both:
            doubt = msg(
                "lies before '{before}' in {wrong} of {both} rows; columns or dates may be mixed up",
                before=before,
                wrong=wrong,
                both=both,
            )
            found.append((after, Remark(doubt, doubt=True)))
    return found


def said_forms(forms: Mapping[str, int]) -> Text:
    """The forms of a column and how many cells had each, in words."""
    named: Iterable[tuple[Text, int]] = ((FORMS.get(form, Text(form, form)), n) for form, n in forms.items())
    pairs = [(text, n) for text, n in named]
    return Text("、".join(f"{t.ja} {n}件" for t, n in pairs), ", ".join(f"{t.en} ×{n}" for t, n in pairs))
