"""Every metric of the producer. `source` is the name of a feed file."""

from tickql.feed.metrics import Kind, Metric

_SOURCE = ("source",)

TICKS = Metric(
    "tickql_producer_ticks_total",
    Kind.COUNTER,
    "Ticks that the page showed and that were numbered.",
    _SOURCE,
    "None for longer than the market is quiet: `tickql check` says what the page shows.",
)
TICKS_PUBLISHED = Metric(
    "tickql_producer_ticks_published_total",
    Kind.COUNTER,
    "Ticks that Redis has confirmed. A tick that Redis lost and that was sent again counts twice.",
    _SOURCE,
)
TICKS_DROPPED = Metric(
    "tickql_producer_ticks_dropped_total",
    Kind.COUNTER,
    "Ticks that a full spool dropped before Redis had them: subscribers get a gap.",
    _SOURCE,
    "Redis was away for too long. Start it.",
)
SPOOL_TICKS = Metric(
    "tickql_producer_spool_ticks",
    Kind.GAUGE,
    "Ticks that Redis has not confirmed yet.",
    _SOURCE,
    "Rising: Redis is away, or too slow.",
)
REDIS_UP = Metric(
    "tickql_producer_redis_up",
    Kind.GAUGE,
    "1 while Redis takes ticks, else 0. Only of a holder of the lease.",
    _SOURCE,
    "Start Redis, or look at the network. The log has the reason.",
)
REDIS_CONNECTS = Metric(
    "tickql_producer_redis_connects_total",
    Kind.COUNTER,
    "Connections made to Redis.",
    _SOURCE,
    "Several an hour: look at the Redis log and the network.",
)
RENUMBERINGS = Metric(
    "tickql_producer_renumberings_total",
    Kind.COUNTER,
    "Times that a symbol began a new epoch because Redis lost ticks: subscribers get a gap.",
    _SOURCE,
    "Redis lost its data: turn its append-only file on.",
)
LEASE_HELD = Metric(
    "tickql_producer_lease_held",
    Kind.GAUGE,
    "1 for the producer that publishes, 0 for a standby.",
    _SOURCE,
    "The sum over all producers of a feed file is 1. 0 for longer than 5 s: none of them reaches Redis.",
)
HEARTBEAT_AGE = Metric(
    "tickql_producer_heartbeat_age_seconds",
    Kind.GAUGE,
    "How long ago the page sent a heartbeat; it does so each second. Without a page yet: no sample.",
    _SOURCE,
    "Above 10 s: the page hangs or does not load. The producer restarts it; the log says what it tries.",
)
UNPARSED = Metric(
    "tickql_producer_unparsed_total",
    Kind.COUNTER,
    "Texts that were no price: of another `format`, `ambiguous`, `too_long`, or `unreadable` for a person, too.",
    ("source", "field", "kind"),
    "Rising: `tickql check` shows the text and the key of the feed file that settles it.",
)
PAGE_FAULTS = Metric(
    "tickql_producer_page_faults_total",
    Kind.COUNTER,
    "Faults of the page: `PageHung`, `PageUnreachable`, `LoggedOut` and so on.",
    ("source", "fault"),
    "`LoggedOut`: `tickql login`. `PageBlocked`: the site refuses access. Others heal by themselves; many need a look.",
)
PAGE_RESTARTS = Metric(
    "tickql_producer_page_restarts_total",
    Kind.COUNTER,
    "Restarts after a fault, by what was closed: nothing but a `reload`, the `page`, its `context`, or the `browser`.",
    ("source", "level"),
    "Many of the `browser`: look at the machine's memory.",
)
PAGE_REPLACEMENTS = Metric(
    "tickql_producer_page_replacements_total",
    Kind.COUNTER,
    "Pages that were replaced by a fresh one, without a gap.",
    _SOURCE,
)

METRICS = (
    TICKS,
    TICKS_PUBLISHED,
    TICKS_DROPPED,
    SPOOL_TICKS,
    REDIS_UP,
    REDIS_CONNECTS,
    RENUMBERINGS,
    LEASE_HELD,
    HEARTBEAT_AGE,
    UNPARSED,
    PAGE_FAULTS,
    PAGE_RESTARTS,
    PAGE_REPLACEMENTS,
)
