"""The browser: found, started, shared by all pages of a producer, measured and restarted.

Saved logins and robots.txt belong here too, because both need the browser and no page, and what a person does on a page
(`page_steps`), because logins, `watch` and `discover` need it. A page's life (loaded, watched,
replaced) belongs in `watch`, the session on a page's debugging protocol into `capture` and `streams`. May import:
`producer.errors` and `producer.feedfile` (the settings of a page).
"""

__all__ = [
    "attached_browser",
    "browser_pool",
    "browser_process",
    "browser_program",
    "element_search",
    "event_handler",
    "launch",
    "load_errors",
    "long_lists",
    "memory",
    "nss_database",
    "page_steps",
    "robots",
    "saved_login",
    "scrolling",
    "secrets",
    "shared_browser",
    "site_access",
    "trusted_ca",
]
