"""The limits: what one client may cost, and how it is told that it went beyond.

All values are in `values`, each with what it protects. The checks are where the work is: in the transports, the schema
and the caches. A refusal is typed, costs little, and is logged at most once a minute and kind (`refusals`). This
package may import `tickql.api.errors` and `settings`.
"""

__all__ = ["refusals", "values"]
