"""The command line: `usta <command>`, one file per command.

Modules load what they need inside the command's function, so that `usta --help` answers at once.
"""
