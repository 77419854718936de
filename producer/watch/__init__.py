"""Watching pages for days: load, listen, restart after faults, and replace a page by a fresh one without a gap."""
