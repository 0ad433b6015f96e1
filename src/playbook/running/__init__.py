"""One job: a notebook run in a process of its own, warm or cold."""
