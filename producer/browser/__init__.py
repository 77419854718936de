"""The browser.

Found, started, shared by all pages, measured and restarted. Saved logins and robots.txt belong to it.
"""
