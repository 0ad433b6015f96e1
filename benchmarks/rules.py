"""Rule books for the made-up log: as many rules as one likes, every kind of DESIGN section 4 among them."""

from __future__ import annotations

import json
import random
from typing import Any

from logs import ACTIVITIES, OUTCOMES, PRECEDENCES, STEPS

DUES = ("7 days", "3 business days", "48 hours", "1 month", "2 days", "1 business day", "same day", "2 weeks")
ROLES = ("driver", "sales", "boss")
FALLS_TO = {"driver": "sales"}
_STARTING = (*ACTIVITIES[:7], "contacted")
_ENDING = ACTIVITIES[1:9]


def rules(count: int, seed: int = 5) -> list[dict[str, Any]]:
    """The first so many rules: plain ones, series, waits, escalations, conditions, and now and then a lapse."""
    rng = random.Random(seed)
    return [_rule(rng, number) for number in range(count)]


def _rule(rng: random.Random, n: int) -> dict[str, Any]:
    after = rng.choice(_STARTING)
    until = rng.sample([one for one in _ENDING if one != after or n % 4 == 0], rng.randint(1, 2))
    rule: dict[str, Any] = {"id": f"rule-{n:03d}", "after": [after], "due": [rng.choice(DUES)], "until": until}
    rule |= {"role": ROLES[n % 2], "unless": [], "escalate": [], "when": {}, "wait": None, "record": None}
    if n % 10 == 3:
        rule["due"] = ["1 week", "1 month", "3 months"]
    if n % 7 == 2:
        rule["escalate"] = [{"after": "2 days", "to": "sales"}, {"after": "5 business days", "to": "boss"}]
    if n % 9 == 4:
        rule["wait"] = "2 days"
    if n % 5 == 1:
        rule["unless"] = [rng.choice([one for one in ACTIVITIES[:9] if one not in until])]
    if n % 8 == 5:
        rule["when"] = {"priority": ["high"]} if n % 16 == 5 else {"channel": ["mail", "phone"]}
    if n % 50 == 6:
        rule |= {"record": "lapsed", "due": ["3 months"]}
    return rule


def toml_text(count: int) -> str:
    """The rule book as a playbook file."""
    parts = ['[playbook]\nid = "selection"\nname = { ja = "選考", en = "Selection" }']
    parts += [f'[[activity]]\nid = "{one}"' for one in ACTIVITIES]
    parts += [f'[[outcome]]\nid = "{kind}"\nkind = "{kind}"\nby = ["{by}"]' for kind, by in OUTCOMES.items()]
    parts += [f'[[stage]]\nid = "stage-{one}"\nentered_by = ["{one}"]' for one in STEPS]
    parts += [
        f'[[precedence]]\nid = "{one}-before-{other}"\nactivity = "{other}"\nrequires = ["{one}"]'
        for one, other in PRECEDENCES
    ]
    for role in ROLES:
        falls = f'\nfalls_to = "{FALLS_TO[role]}"' if role in FALLS_TO else ""
        parts.append(f'[[role]]\nid = "{role}"\nside = "agency"{falls}')
    return "\n\n".join([*parts, *(_table(rule) for rule in rules(count))]) + "\n"


def _table(rule: dict[str, Any]) -> str:
    """One rule in TOML; JSON's lists and strings are TOML's."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in rule.items() if value and key not in ("when", "escalate")]
    if rule["when"]:
        lines.append(
            "when = { " + ", ".join(f"{key} = {json.dumps(value)}" for key, value in rule["when"].items()) + " }"
        )
    if rule["escalate"]:
        steps = (f'{{ after = "{step["after"]}", to = "{step["to"]}" }}' for step in rule["escalate"])
        lines.append(f"escalate = [{', '.join(steps)}]")
    return "\n".join(["[[rule]]", *lines])
