"""The command line: one module per command, and what commands share.

It may import every other package; no package imports it. What a command does belongs in `producer`, `feed` or `api`:
here are options, progress, messages and exit codes.
"""

__all__ = ["main"]
