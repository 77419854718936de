"""The observer that runs in the page, and the channel on which the producer receives its readings and heartbeats.

This room turns changes of the page's DOM into `messages.Reading`. How a reading becomes a quote belongs in `quotes`,
whether a page is well into `health`, messages that the page receives from its server into `streams`. May import:
`producer.errors`, `producer.feedfile` and `producer.browser`.
"""

__all__ = [
    "closed_shadow_roots",
    "messages",
    "observer_client",
    "observer_config",
    "observer_events",
    "selector_errors",
]
