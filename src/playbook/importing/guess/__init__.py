"""A mapping proposed from headers and values, with the reason for each line and the questions that are open."""

from playbook.importing.guess.proposal import Choice, Question
from playbook.importing.guess.propose import Guess, guess_from, guess_mapping, read_raws

__all__ = ["Choice", "Guess", "Question", "guess_from", "guess_mapping", "read_raws"]
