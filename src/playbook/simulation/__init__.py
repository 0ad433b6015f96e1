"""An invented agency simulated over two years, with the truth about it: to practise on, and to check analyses against.

>>> from playbook.simulation import simulate
>>> small = simulate(seed=1, cases={"interview-aftercare": 40}, details=False)
>>> small.tables["cases"].height
40

`play` holds steps and forks and plays them for many cases at once; `pace` the clocks; `procedures` the five playbooks
as they are lived. `cases`, `neglect`, `details`, `firm`, `aftermath` make the tables, `truth` what is known of them,
`sample` the files.
"""

from __future__ import annotations

from playbook.simulation.sample import sample, write_sample, write_simulated
from playbook.simulation.scenario import SAMPLE_CASES, SAMPLE_UNTIL, Scenario
from playbook.simulation.simulated import Simulated, simulate, simulate_log

__all__ = [
    "SAMPLE_CASES",
    "SAMPLE_UNTIL",
    "Scenario",
    "Simulated",
    "sample",
    "simulate",
    "simulate_log",
    "write_sample",
    "write_simulated",
]
