"""Every metric of the API."""

from tickql.api.traffic import LATENCY_BOUNDS_S
from tickql.feed.metrics import Kind, Metric

TICKS_RECEIVED = Metric(
    "tickql_api_ticks_received_total",
    Kind.COUNTER,
    "Ticks received from Redis, of the symbols that a worker follows; each worker counts its own.",
    remedy="None for longer than the market is quiet: see `tickql_api_feed_state`.",
)
MESSAGES_SENT = Metric(
    "tickql_api_messages_sent_total",
    Kind.COUNTER,
    "Results sent to clients.",
    ("transport",),
)
PUBLISH_TO_SEND = Metric(
    "tickql_api_publish_to_send_seconds",
    Kind.HISTOGRAM,
    "From the producer's sending a tick to Redis to the last live subscriber's message; one observation per message.",
    remedy="Above 50 ms: the API's processor is busy (more workers), or Redis or the network is slow.",
    bounds=LATENCY_BOUNDS_S,
)
PAGE_TO_SEND = Metric(
    "tickql_api_page_to_send_seconds",
    Kind.HISTOGRAM,
    "From the page's showing a price to the last live subscriber's message; one observation per message.",
    remedy="High while publish_to_send is low: the page or the producer's machine is overloaded.",
    bounds=LATENCY_BOUNDS_S,
)
TICKS_SKIPPED = Metric(
    "tickql_api_ticks_skipped_total",
    Kind.COUNTER,
    "Ticks that a subscriber asked to be spared (`maxHz`, `LATEST`, a board), because a newer one replaced them.",
)
GAPS = Metric(
    "tickql_api_gaps_total",
    Kind.COUNTER,
    "Gaps that subscribers were told of.",
    ("reason",),
    "`TRIMMED`: clients were away for longer than TICKQL_HISTORY_TICKS. `RESTARTED`: Redis lost its data. `MERGED`: "
    "the producer's machine is overloaded. `UNKNOWN_CURSOR`: clients send cursors of another feed.",
)
CONNECTIONS = Metric(
    "tickql_api_connections",
    Kind.GAUGE,
    "Connections that are open.",
    remedy="Near TICKQL_MAX_CONNECTIONS times the workers: raise it, or look for clients that do not close.",
)
SUBSCRIPTIONS = Metric(
    "tickql_api_subscriptions", Kind.GAUGE, "Operations that run on WebSockets and streams.", ("transport",)
)
REFUSALS = Metric(
    "tickql_api_refusals_total",
    Kind.COUNTER,
    "What was refused, and why: a limit, a missing token, a foreign host or page.",
    ("kind",),
    "The log has an example of each kind a minute. The limits are described below.",
)
SLOW_CLOSES = Metric(
    "tickql_api_slow_closes_total",
    Kind.COUNTER,
    "Connections that were ended because their client read nothing for 8 s.",
    remedy="Many at once: a network or a proxy stands still. Clients resume by themselves.",
)
CACHED_ANSWERS = Metric(
    "tickql_api_cached_answers_total", Kind.COUNTER, "Requests for last prices that were answered from memory."
)
REDIS_UP = Metric(
    "tickql_api_redis_up",
    Kind.GAUGE,
    "1 while every worker is connected to Redis, else 0.",
    remedy="Start Redis, or look at the network. Clients see a pause, and then every tick.",
    join=min,
)
REDIS_RECONNECTS = Metric(
    "tickql_api_redis_reconnects_total",
    Kind.COUNTER,
    "Connections for live ticks that were made again.",
    remedy="Several an hour: look at the Redis log and the network.",
)
RESYNCS = Metric(
    "tickql_api_resyncs_total",
    Kind.COUNTER,
    "Times that live ticks were missing or of a new numbering, and were read from the stream.",
    remedy="Rising steadily: Redis drops messages (`client-output-buffer-limit pubsub`), or the API cannot keep up.",
)
FEED_STATE = Metric(
    "tickql_api_feed_state",
    Kind.GAUGE,
    "1 for the state that the feed is in, as `feedStatus` has it.",
    ("state",),
    "`STALE` or `DOWN`: `tickql doctor`, and the log of the producer, say why.",
    join=max,
)
PRODUCER_REPORT_AGE = Metric(
    "tickql_api_producer_report_age_seconds",
    Kind.GAUGE,
    "How long ago a producer reported; it does so each second.",
    ("source",),
    "Above 10 s: the producer has ended or hangs.",
    join=min,
)
WORKERS = Metric("tickql_api_workers", Kind.GAUGE, "Worker processes that serve.")

METRICS = (
    TICKS_RECEIVED,
    MESSAGES_SENT,
    PUBLISH_TO_SEND,
    PAGE_TO_SEND,
    TICKS_SKIPPED,
    GAPS,
    CONNECTIONS,
    SUBSCRIPTIONS,
    REFUSALS,
    SLOW_CLOSES,
    CACHED_ANSWERS,
    REDIS_UP,
    REDIS_RECONNECTS,
    RESYNCS,
    FEED_STATE,
    PRODUCER_REPORT_AGE,
    WORKERS,
)
