"""Watching pages for days: load, handle what they send, restart after faults, replace a page by a fresh one.

| module              | what it does                                                                     |
| ------------------- | -------------------------------------------------------------------------------- |
| `supervisor`        | one feed file: answers each fault with a restart and a retry                      |
| `page_recycler`     | the page that publishes, and its replacement by a new page                        |
| `handover`          | the change from the old page to the new page, without a gap in the ticks          |
| `page_lifecycle`    | opens, restarts and closes a page                                                 |
| `page_watcher`      | one page, from loading to its end; `page_loading`, `page_preparation`, `silence`, |
|                     | `message_handler`, `acknowledger` and `keep_alive` are its parts                  |
| `feed_source`       | what outlives a page: symbols, status, sink                                       |

What a page's state is called, and why, belongs in `health`; what a price is, into `quotes`. May import: every room of
the producer but `discover` and `inspect`, and `tickql.feed`.
"""

__all__ = ["feed_source", "page_lifecycle", "page_watcher", "supervisor"]
