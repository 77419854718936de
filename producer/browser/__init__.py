"""The browser: found, started, shared by all pages of a producer, measured and restarted.

Saved logins and robots.txt belong here too, because both need the browser and no page. A page's life (loaded, watched,
replaced) belongs in `watch`, the session on a page's debugging protocol into `capture` and `streams`. May import:
`producer.errors` and `producer.feedfile` (the settings of a page).
"""

__all__ = [
    "browser_process",
    "browser_program",
    "event_handler",
    "launch",
    "load_errors",
    "memory",
    "robots",
    "saved_login",
    "shared_browser",
]
