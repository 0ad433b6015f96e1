"""How sure a figure is: intervals, curves with open cases, exact tests.

A rate, a median or a difference never leaves this project without its interval, and below `TOO_FEW`
observations the reports say "too few to tell" instead of a percentage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeVar, overload

import numpy as np
import numpy.typing as npt
import polars as pl

from playbook.answers.exact import fisher_p, student_t

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)

TOO_FEW = 10
"""The one threshold of the rule for small numbers: with fewer observations than this (decided cases of a rate,
or any margin of a table of two groups) a percentage says more about luck than about work. With 5 of 10 the
95 % interval already runs from 24 to 76 %."""

HALF = 0.5 + 1e-9
"""A curve has reached its median where it is at most this: one half, whatever the last digit of a product."""

Floats = npt.NDArray[np.float64]
Numbers = Sequence[float] | Floats | pl.Series
YesOrNo = Sequence[bool] | npt.NDArray[np.bool_] | pl.Series
PolarsFrame = TypeVar("PolarsFrame", pl.DataFrame, pl.LazyFrame)


# --- rates -----------------------------------------------------------------------------------------------


@overload
def too_few(n: int) -> bool: ...
@overload
def too_few(n: pl.Expr) -> pl.Expr: ...
def too_few(n: int | pl.Expr) -> bool | pl.Expr:
    """Whether `n` observations cannot carry a percentage (see `TOO_FEW`).

    >>> too_few(9), too_few(10)
    (True, False)
    """
    return n < TOO_FEW


def wilson(successes: str, trials: str) -> tuple[pl.Expr, pl.Expr]:
    """The lower and the upper end of the 95 % Wilson interval, as expressions over two columns of counts.

    Both are null where there are no trials. The closed form, so that a frame of thousands of groups costs
    one pass; equal to `scipy.stats.binomtest(...).proportion_ci(method="wilson")`.
    Source: E. B. Wilson, JASA 22 (1927), 209-212.
    """
    k = pl.col(successes).cast(pl.Float64)
    n = pl.when(pl.col(trials) > 0).then(pl.col(trials).cast(pl.Float64))
    centre = (k + Z**2 / 2) / (n + Z**2)
    half = Z / (n + Z**2) * (k * (n - k) / n + Z**2 / 4).sqrt()
    low = pl.when(k == 0).then(n * 0).otherwise(centre - half)
    high = pl.when(k == n).then(n * 0 + 1).otherwise(centre + half)
    return low, high


def with_rate(frame: PolarsFrame, successes: str, trials: str, name: str = "rate") -> PolarsFrame:
    """The frame with `name` (successes / trials), `ci_low`, `ci_high` to its right; null without trials.

    >>> with_rate(pl.DataFrame({"k": [3], "n": [4]}), "k", "n").select(pl.col(pl.Float64).round(3)).row(0)
    (0.75, 0.301, 0.954)
    """
    low, high = wilson(successes, trials)
    rate = pl.when(pl.col(trials) > 0).then(pl.col(successes) / pl.col(trials))
    return frame.with_columns(rate.alias(name), low.alias("ci_low"), high.alias("ci_high"))


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % Wilson interval of one rate; from 0 to 1 where nothing was tried."""
    if trials == 0:
        return 0.0, 1.0
    centre = (successes + Z**2 / 2) / (trials + Z**2)
    half = Z / (trials + Z**2) * (successes * (trials - successes) / trials + Z**2 / 4) ** 0.5
    return centre - half if successes else 0.0, centre + half if successes < trials else 1.0


def with_mean(frame: pl.DataFrame, mean: str, deviation: str, n: str) -> pl.DataFrame:
    """The frame with `ci_low`, `ci_high` of a mean to its right (95 %, Student's t); null below two observations.

    >>> scores = pl.DataFrame({"mean": [4.0], "sd": [1.0], "n": [16]})
    >>> with_mean(scores, "mean", "sd", "n").select(pl.col("ci_low", "ci_high").round(3)).row(0)
    (3.467, 4.533)
    """
    counts = frame[n].cast(pl.Int64).clip(lower_bound=2).fill_null(2)
    quantile = pl.Series([student_t(count - 1) for count in counts], dtype=pl.Float64)
    half = pl.when(pl.col(n) > 1).then(quantile * pl.col(deviation) / pl.col(n).sqrt())
    return frame.with_columns(ci_low=pl.col(mean) - half, ci_high=pl.col(mean) + half)


# --- time, with open cases in it -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Median:
    """A Kaplan-Meier median with the ends of its 95 % interval; None where the curve never gets there."""

    value: float | None
    low: float | None
    high: float | None


def kaplan_meier(days: Numbers, observed: YesOrNo) -> pl.DataFrame:
    """The share still there over time, one row per distinct time, from time 0; open cases are censored.

    Columns: `days`, `at_risk` (still there just before), `left`, `censored` (counts at this time),
    `survival`, `ci_low`, `ci_high` (95 % log-log band; null where the curve has reached 0, as in R).
    Greenwood's variance; equal to `scipy.stats.ecdf(...).sf`, whose import takes longer than all curves of a report.
    Source: Kaplan and Meier, JASA 53 (1958), 457-481.
    """
    time, seen = np.asarray(days, dtype=np.float64), np.asarray(observed, dtype=np.bool_)
    table = _counts(time, seen)
    n, left = (table[name].to_numpy() for name in ("at_risk", "left"))
    survival = np.cumprod((n - left) / n)
    with np.errstate(divide="ignore", invalid="ignore"):  # the band is undefined where the curve is 1 or 0
        spread = Z * np.sqrt(1 / np.log(survival) ** 2 * np.cumsum(left / (n * (n - left))))
        middle = np.log(-np.log(survival))
        low, high = np.exp(-np.exp(middle + spread)), np.exp(-np.exp(middle - spread))
    table = table.with_columns(
        pl.Series("survival", survival),
        ci_low=_within(low, survival),
        ci_high=_within(high, survival),
    )
    return _from_zero(table, len(time))


def _within(end: Floats, survival: Floats) -> pl.Series:
    known = np.where(survival >= 1, 1.0, end)
    return pl.Series(np.where(survival <= 0, np.nan, known), dtype=pl.Float64).fill_nan(None)


def _counts(time: Floats, seen: npt.NDArray[np.bool_]) -> pl.DataFrame:
    each = (
        pl.DataFrame({"days": time, "seen": seen})
        .group_by("days")
        .agg(left=pl.col("seen").sum().cast(pl.Int64), censored=(~pl.col("seen")).sum().cast(pl.Int64))
    )
    at_risk = (pl.col("left") + pl.col("censored")).cum_sum(reverse=True)
    return each.sort("days").select("days", at_risk.alias("at_risk"), "left", "censored")


def _from_zero(curve: pl.DataFrame, n: int) -> pl.DataFrame:
    """Every curve starts at time 0, where everyone is still there."""
    if curve.height and curve["days"][0] <= 0:
        return curve
    start = {
        "days": 0.0,
        "at_risk": n,
        "left": 0,
        "censored": 0,
        "survival": 1.0,
        "ci_low": 1.0,
        "ci_high": 1.0,
    }
    return pl.concat([pl.DataFrame([start], schema=curve.schema), curve])


def median(curve: pl.DataFrame) -> Median:
    """When half have left: the smallest time at which the curve is at most one half, with its interval.

    >>> median(kaplan_meier([1, 2, 3, 4], [True, True, False, True])).value
    2.0
    """
    value, low, high = (_reaches_half(curve, column) for column in ("survival", "ci_low", "ci_high"))
    return Median(value, low, high)


def _reaches_half(curve: pl.DataFrame, column: str) -> float | None:
    reached = curve.filter(pl.col(column) <= HALF)["days"]
    return None if reached.is_empty() else float(reached[0])


def medians(frame: PolarsFrame, by: Sequence[str], elapsed: str = "elapsed", observed: str = "observed") -> PolarsFrame:
    """The Kaplan-Meier median of every group, one row per group.

    `elapsed` is a column of whole numbers (microseconds, days), `observed` says which of them ended. Columns: those of
    `by`, then `median` in the same unit (null where the curve never reaches one half). The same estimate as
    `median(kaplan_meier(...))`, for millions of rows or thousands of groups at once: within a group, one by one in
    order of time, those who left at a time before those last seen at it.
    """
    ordered = (pl.col(elapsed).cast(pl.Int64) * 2 + (~pl.col(observed)).cast(pl.Int64)).sort()
    at_risk = pl.len() - pl.int_range(pl.len())
    survival = (1 - (ordered % 2 == 0) / at_risk).cum_prod()
    return frame.group_by(*by).agg(median=(ordered // 2).filter(survival <= HALF).first())


def numbers_at_risk(days: Numbers, at: Sequence[float]) -> list[int]:
    """How many are still there just before each of some times: the line under a survival curve.

    >>> numbers_at_risk([1, 2, 3], [0, 2, 9])
    [3, 2, 0]
    """
    time = np.sort(np.asarray(days, dtype=np.float64))
    return [int(n) for n in time.size - np.searchsorted(time, np.asarray(at), side="left")]


def cumulative_incidence(days: Numbers, causes: Sequence[str | None] | pl.Series) -> pl.DataFrame:
    """How each way out grows over time among competing ones: one row per cause and distinct time.

    `causes` holds how each case left, null where it is still there. Columns: `cause`, `days`, `at_risk`,
    `left` (by this cause, at this time), `incidence`, `ci_low`, `ci_high` (95 %, log-log; null where the
    incidence is 0). At every time the incidences of all causes and the survival add up to 1.
    Source: Aalen and Johansen, Scand. J. Statist. 5 (1978), 141-150; variance by the delta method,
    Marubini and Valsecchi (1995), as in SAS and lifelines.
    """
    time, cause = np.asarray(days, dtype=np.float64), pl.Series("cause", causes, dtype=pl.String)
    curve = kaplan_meier(time, cause.is_not_null())
    parts = [_incidence(curve, time[(cause == name).fill_null(False).to_numpy()], name) for name in _names(cause)]
    return pl.concat(parts) if parts else pl.DataFrame(schema=_INCIDENCE)


_INCIDENCE = {
    "cause": pl.String,
    "days": pl.Float64,
    "at_risk": pl.Int64,
    "left": pl.Int64,
    "incidence": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
}


def _names(cause: pl.Series) -> list[str]:
    return cause.drop_nulls().unique().sort().to_list()


def _incidence(curve: pl.DataFrame, own: Floats, name: str) -> pl.DataFrame:
    at, n = curve["days"].to_numpy(), curve["at_risk"].to_numpy().astype(np.float64)
    all_left, survival = curve["left"].to_numpy(), curve["survival"].to_numpy()
    left = np.searchsorted(np.sort(own), at, side="right")
    left = np.diff(left, prepend=0)
    before = np.concatenate(([1.0], survival[:-1]))
    incidence = np.cumsum(before * left / n)
    low, high = _incidence_band(incidence, _incidence_variance(incidence, before, n, all_left, left))
    columns = [np.full(at.size, name), at, curve["at_risk"], left, incidence, low, high]
    frame = pl.DataFrame(dict(zip(_INCIDENCE, columns, strict=True)), schema_overrides=_INCIDENCE)
    return frame.with_columns(pl.col("ci_low", "ci_high").fill_nan(None))


def _incidence_variance(
    incidence: Floats, before: Floats, n: Floats, all_left: npt.NDArray[np.int64], left: npt.NDArray[np.int64]
) -> Floats:
    stay = n - all_left
    hazard = np.divide(all_left, n * stay, out=np.zeros_like(n), where=stay > 0)
    cross = before * left / n**2
    of_all = (
        incidence**2 * np.cumsum(hazard)
        - 2 * incidence * np.cumsum(incidence * hazard)
        + np.cumsum(incidence**2 * hazard)
    )
    of_own = np.cumsum(before**2 * left * (n - left) / n**3)
    of_both = incidence * np.cumsum(cross) - np.cumsum(incidence * cross)
    return np.asarray(np.maximum(of_all + of_own - 2 * of_both, 0.0), dtype=np.float64)


def _incidence_band(incidence: Floats, variance: Floats) -> tuple[Floats, Floats]:
    inside = (incidence > 1e-12) & (incidence < 1 - 1e-12)
    share = np.where(inside, incidence, np.nan)
    log = np.log(share)
    spread = np.minimum(Z * np.sqrt(variance) / np.abs(share * log), 50)  # beyond that: 0 or 1 to the last digit
    return np.exp(log * np.exp(spread)), np.exp(log * np.exp(-spread))


# --- two groups, many questions --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two rates held against each other: first minus second, its 95 % interval, odds ratio, exact p-value.

    `odds_ratio` is None where it is not finite. `enough` is False where some margin of the table is below
    `TOO_FEW`: then the rest must not be shown as a finding.
    """

    difference: float | None
    ci_low: float | None
    ci_high: float | None
    odds_ratio: float | None
    p_value: float | None
    enough: bool


def compare(k1: int, n1: int, k0: int, n0: int) -> Comparison:
    """The rate k1/n1 against k0/n0: Newcombe's interval of the difference and Fisher's exact test.

    Fisher's test keeps its promise at any size (false alarms at or below 5 %), at the price of caution.
    Source: R. G. Newcombe, Statist. Med. 17 (1998), 873-890, method 10.

    >>> found = compare(56, 70, 48, 80)
    >>> round(found.ci_low, 4), round(found.ci_high, 4)
    (0.0524, 0.3339)
    """
    margins = (n1, n0, k1 + k0, n1 + n0 - k1 - k0)
    if min(n1, n0) == 0:
        return Comparison(None, None, None, None, None, enough=False)
    p1, p0 = k1 / n1, k0 / n0
    (low1, high1), (low0, high0) = wilson_interval(k1, n1), wilson_interval(k0, n0)
    cross = k0 * (n1 - k1)
    return Comparison(
        difference=p1 - p0,
        ci_low=p1 - p0 - ((p1 - low1) ** 2 + (high0 - p0) ** 2) ** 0.5,
        ci_high=p1 - p0 + ((high1 - p1) ** 2 + (p0 - low0) ** 2) ** 0.5,
        odds_ratio=k1 * (n0 - k0) / cross if cross else None,
        p_value=fisher_p(k1, n1, k0, n0),
        enough=not too_few(min(margins)),
    )


def apart(low: float | None, high: float | None, at: float = 0.0) -> bool:
    """Whether an interval leaves out what would be no difference: no verdict of a direction without it.

    >>> apart(0.01, 0.2), apart(-0.3, 0.3), apart(1.1, 2.0, at=1)
    (True, False, True)
    """
    return low is not None and high is not None and not low <= at <= high


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values, corrected so that one false alarm among all of them stays as rare as promised.

    Source: S. Holm, Scand. J. Statist. 6 (1979), 65-70.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p)
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1)), 1.0)
    return [float(value) for value in corrected]


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """The p-values, corrected so that at most this share of what is called a finding is false.

    >>> [round(p, 3) for p in benjamini_hochberg([0.01, 0.04, 0.03])]
    [0.03, 0.04, 0.04]
    """
    found, largest_first = [1.0] * len(p_values), sorted(range(len(p_values)), key=lambda i: -p_values[i])
    smallest = 1.0
    for place, i in enumerate(largest_first):
        smallest = min(smallest, p_values[i] * len(p_values) / (len(p_values) - place))
        found[i] = smallest
    return found


# --- a series over time ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LevelChange:
    """A change of level in a series of rates, its trend taken into account: odds ratio, interval, p-value."""

    odds_ratio: float
    ci_low: float
    ci_high: float
    p_value: float


def step_change(successes: Sequence[int], trials: Sequence[int], change: int) -> LevelChange | None:
    """How much the odds jumped at period `change` of a series, over and above its straight trend.

    A segmented logistic regression, logit(rate) = level + trend x period + step [period >= change]: an
    interrupted time series with one change of level. None where the series cannot carry it: fewer than
    three periods with trials on a side, or a side in which all or none succeeded.
    Source: Wagner et al., J. Clin. Pharm. Ther. 27 (2002), 299-309.
    """
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    period = np.arange(k.size, dtype=np.float64)
    after = period >= change
    if min(int((n[after] > 0).sum()), int((n[~after] > 0).sum())) < 3:
        return None
    fit = _logistic(np.column_stack([np.ones_like(k), period - change, after]), k, n)
    return None if fit is None else _odds(*fit)


def trend(successes: Sequence[int], trials: Sequence[int]) -> LevelChange | None:
    """By how much the odds grow from one period to the next; None with fewer than three usable periods."""
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    if int((n > 0).sum()) < 3:
        return None
    fit = _logistic(np.column_stack([np.ones_like(k), np.arange(k.size)]), k, n)
    return None if fit is None else _odds(*fit)


def _odds(coefficients: Floats, errors: Floats) -> LevelChange:
    b, se = float(coefficients[-1]), float(errors[-1])
    p_value = 2 * NormalDist().cdf(-abs(b / se))
    return LevelChange(float(np.exp(b)), float(np.exp(b - Z * se)), float(np.exp(b + Z * se)), p_value)


def _logistic(x: Floats, k: Floats, n: Floats) -> tuple[Floats, Floats] | None:
    """Coefficients and standard errors of a binomial logit by Newton's method; None if it has no maximum."""
    b = np.zeros(x.shape[1])
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(x @ b, -30, 30)))
        information = x.T @ (x * (n * p * (1 - p))[:, None])
        if np.linalg.cond(information) > 1e12:
            return None
        move = np.linalg.solve(information, x.T @ (k - n * p))
        b = b + move
        if np.abs(move).max() < 1e-10:
            return b, np.sqrt(np.diag(np.linalg.inv(information)))
    return None
