"""Logging in to a page: automatically by the login steps of the feed file, or by a person in a window.

How a login is saved and loaded belongs in `browser.saved_login`; whether a page is logged in is judged in `health`.
May import: `browser`, `feedfile`, `errors`, `timings`.
"""

__all__ = ["login_steps", "manual_login", "page_login"]
