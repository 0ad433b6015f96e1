"""The commands of the command line, one subject a file.

    menu        every command and option, as data: what `--help` shows
    arguments   from written arguments to checked ones, with all problems at once
    session     a workspace, a moment and a language: what every question needs
    questions   due, violations, funnel, declines, followup
    explaining  explain
    checking    check
    rulebooks   rules
    reports     run, verify
    making      init, simulate, drafts, import

Nothing heavy is imported before a command needs it: `playbook --help` knows the menu only.
"""
