"""Logging in to a page: automatically by the steps of the feed file, or by a person in a window."""
