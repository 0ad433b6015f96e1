"""The words of exports: what a header says, what a state says, and in which file they are kept."""
