"""One job: a notebook run in a process of its own, forked from a warm one or started anew."""
