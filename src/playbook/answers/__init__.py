"""One question a file: frames of codes and numbers, without looks."""
