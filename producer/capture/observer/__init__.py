"""The observer's JavaScript, one part a file, and the module that makes one script of them.

The script runs in each frame of a page, finds the prices of the feed file and posts their changes. Python code for its
messages belongs in `capture`. Imports nothing.
"""

__all__ = ["script"]
