"""The figures that a page says, and the cells of its tables that they are to be found in."""

from __future__ import annotations

import re
from html import unescape

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?%?")
NO_FIGURE = re.compile(
    r"\d+(?:\.\d+)?%区間|95% (?:interval)?|\d{4}/\d+/\d+|\d{4}年(?:\d+月)?〜?|\d+/\d+\(.\)|\b[A-Z]{1,3}-\d+"
    r"|\d{1,2} [A-Z]\w{2}(?: \d{4})?|[A-Z]\w{2} \d{4}|あと\d+日|\d+ days? left|\d+ of \d+|\d+か月|\d+ months?|\d+日(?:以上|以内)"
    r"|(?:[Ww]ithin|of) \d+ days"
)


def numbers(html: str) -> list[str]:
    """The numbers in a piece of HTML that are counts, rates or spans: no dates, no ids, no names of intervals."""
    text = NO_FIGURE.sub(" ", unescape(re.sub(r"<[^>]+>", " ", html)))
    return [found.replace(",", "").rstrip("%") for found in NUMBER.findall(text)]


def unsupported(page: str) -> list[str]:
    """The figures of a page's first sentence and of its cards that no cell of its tables has."""
    main = page[page.index("<main") :]
    cells = {number for cell in re.findall(r"<t[dh]\b.*?</t[dh]>", main, re.S) for number in numbers(cell)}
    said = re.findall(r'<li class="card.*?</li>|<p><strong>.*?</strong></p>', main, re.S)
    return [f"{number} in {piece[:120]}" for piece in said for number in numbers(piece) if number not in cells]


HEADLINES = re.compile(r'<p><strong>(.*?)</strong></p>|<li class="card[^>]*>(.*?)</li>', re.DOTALL)
JARGON = re.compile(
    r"ハザード|[pｐ]値|打ち切り|信頼区間|有意|オッズ|分位|ウィルソン|カプラン|帰無|検定|標準偏差"
    r"|hazard|p-value|censor|confidence interval|significan|odds|quantile|Wilson|Kaplan|standard deviation",
    re.IGNORECASE,
)


def jargon(html: str) -> list[str]:
    """The first sentence and the cards of a page that say what only a statistician says."""
    said = (first or card for first, card in HEADLINES.findall(html[html.index("<main") :]))
    return [piece for piece in said if JARGON.search(re.sub(r"<[^>]+>", " ", piece))]
