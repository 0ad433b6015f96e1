"""A template of a draft has neither the time nor the room to do harm, and all that letters need."""

from __future__ import annotations

import time

import pytest
from jinja2.exceptions import SecurityError, TemplateError

from playbook.show.sandbox import BoundedEnvironment

DOUBLED = "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 40 + "{{ a|length }}"
ADDED = "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a + a %}" * 40 + "{{ a|length }}"
REPLACED = "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a|replace('x', a) %}" * 9 + "{{ a|length }}"
NESTED = (
    "{% for a in t %}{% for b in t %}{% for c in t %}{% for d in t %}.{% endfor %}{% endfor %}{% endfor %}{% endfor %}"
)


LISTS = "{% set a = ['x'] %}" + "{% set a = [a, a] %}" * 40 + "{{ a|string|length }}"
TABLES = "{% set a = {'x': 1} %}" + "{% set a = {'x': a, 'y': a} %}" * 40 + "{{ a }}"
BLOCKS = "{% set a %}xxxx{% endset %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40 + "{{ a|length }}"
MACRO = "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}"
RECURSIVE = "{% for a in t recursive %}{{ loop(t) }}{% endfor %}"
FILTERS = "{% for a in t[:9000] %}{% set b = t|upper|lower|title %}{% endfor %}"
CALLS = "{% for a in t[:3000] %}{% set b = t.upper().lower().split('x') %}{% endfor %}"
OUTPUT = "{% for a in t[:9000] %}{{ t }}{% endfor %}"


@pytest.mark.parametrize(
    "text",
    [
        LISTS, TABLES, BLOCKS, MACRO, RECURSIVE, FILTERS, CALLS, OUTPUT, "{% set a = 1 %}" * 10_000,
        "{{ t|list|map('replace', 'x', t)|list|length }}", "{{ t|map('upper')|list }}", "{{ lipsum(n=10000000) }}",
        DOUBLED, ADDED, REPLACED, NESTED,
        "{{ 'x' * 1000000000 }}", "{{ [1] * 1000000000 }}", "{{ 10 ** 10 ** 8 }}", "{{ '%1000000000d' % 1 }}",
        "{{ 'x'|center(1000000000) }}", "{{ 'x'.ljust(1000000000) }}", "{{ '{:>1000000000}'.format(1) }}",
        "{{ 'x'.replace('', t) }}", "{{ ''.join([t, t]) }}", "{{ t|format(1) }}", "{{ [t, t, t]|join(t) }}",
        "{{ ''.__class__.__mro__ }}", "{% for a in 5000000 * [1] %}{% endfor %}",
    ],
)  # fmt: skip
def test_what_burns_time_or_memory_is_refused_at_once(text: str) -> None:
    """Doubling, nesting, padding, repeating and powers end in an error before they cost anything."""
    began = time.process_time()
    with pytest.raises((SecurityError, TemplateError)):
        BoundedEnvironment().overlay().from_string(text).render(t="x" * 50_000)
    assert time.process_time() - began < 2


def test_rounding_has_no_end_of_digits() -> None:
    """A number is rounded to the digits that it has."""
    began = time.process_time()
    assert (
        BoundedEnvironment().from_string("{{ 1.5|round(99999999, 'ceil') }} {{ 1.25|round(1) }}").render() == "1.5 1.2"
    )
    assert time.process_time() - began < 2


def test_what_letters_need_is_there() -> None:
    """Conditions, loops over rows, sums, dates and plain changes of text give what they say."""
    text = (
        "{% for one in rows if one.n > 1 %}{{ loop.index }}. {{ one.name|upper }}{{ '、' if not loop.last }}{% endfor %}"
        "{% set total = 2 + 3 * 4 %} {{ total }} {{ 'a' ~ 1 ~ 'b' }} {{ names|join('・') }} {{ 'abc'|replace('b', 'x') }}"
        " {{ ' x '.strip() }}{{ 'x' + 'y' }} {{ 10 % 3 }}"
    )
    rows = [{"n": 1, "name": "a"}, {"n": 2, "name": "b"}, {"n": 3, "name": "c"}]
    said = BoundedEnvironment().overlay().from_string(text).render(rows=rows, names=["佐藤", "鈴木"])
    assert said == "1. B、2. C 14 a1b 佐藤・鈴木 axc xxy 1"


def test_each_draft_has_its_own_rounds() -> None:
    """Many drafts in a row go round as often as each needs."""
    shared = BoundedEnvironment()
    for _ in range(3):
        assert len(shared.overlay().from_string("{% for a in t %}.{% endfor %}").render(t="x" * 6_000)) == 6_000
