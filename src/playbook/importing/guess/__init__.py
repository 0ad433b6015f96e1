"""A mapping proposed from headers and values, with the reason for each line and the questions that are open."""

from playbook.importing.guess.proposal import AnswerChoice, ImportQuestion
from playbook.importing.guess.propose import Guess, guess_from, guess_mapping, read_raws

__all__ = ["AnswerChoice", "Guess", "ImportQuestion", "guess_from", "guess_mapping", "read_raws"]
