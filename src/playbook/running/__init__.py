"""One job: a notebook run in a process forked from a warm one, or started anew, for it or for pages of its kind."""
