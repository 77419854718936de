"""The tables of `docs/scaling.md`."""

from collections.abc import Sequence
from dataclasses import replace

from bench.brokers import BROKERS
from bench.results import Results
from bench.scaling.measures import Measures, message_bytes
from bench.scaling.plan import Assumptions, Installation, Plan
from bench.sections import FANOUT, SYMBOLS
from bench.servers import TICKQL
from bench.sizes import FULL
from bench.tables import said, table

SUBSCRIBERS = (1_000, 100_000, 10_000_000)
SYMBOL_COUNTS = (10, 1_000, 100_000)
PACED_HZ = 1.0
_RATE_HZ = 100.0
_MIB_OF_GIB = 1024 * 1024


def carried(measures: Measures) -> str:
    """What one core carries, part by part."""

    def each(us: float) -> tuple[str, str]:
        return f"{said(us)} µs", f"{_rounded(1e6 / us)}/s"

    cores = f"{measures.page_python_cpu:.2f} of a core in Python, {measures.page_browser_cpu:.2f} in the browser"
    rows = [
        ("API server: a tick in a message of its own, 500 subscribers of a symbol", *each(measures.message_us)),
        ("API server: a tick of 20 symbols on a connection that come at one moment", *each(measures.joined_us)),
        ("API server: a message to one of 10,000 subscribers with `maxHz: 5`", *each(measures.paced_us)),
        ("API server: a tick taken from Redis and encoded, for however many", *each(measures.listen_us)),
        ("API server: a connection with a subscription opened", "", f"{_rounded(measures.opened_per_s)}/s"),
        ("API server: a subscriber held", f"{said(measures.connection_kb)} KiB",
         f"{_rounded(_MIB_OF_GIB / measures.connection_kb)} in a GiB"),
        ("writer of the feed: a tick published", *each(measures.publish_us)),
        ("Redis: a tick written and announced", *each(measures.redis_us)),
        (f"Redis: a tick sent to an API server that follows its symbol, {said(measures.follow_bytes, 0)} bytes",
         *each(measures.follow_us)),
        *([("Redis: connections of an API server that follows", _rounded(measures.follow_clients), "")]
          if measures.follow_clients is not None else []),
        ("Redis: a tick kept", f"{said(measures.kept_bytes, 0)} bytes",
         f"{_rounded(2**30 / measures.kept_bytes)} in a GiB"),
        *((f"relay to {BROKERS[name].title}: a tick passed on, catching up", *each(us))
          for name, us in measures.relay_us.items()),
        (f"producer: a page with {said(measures.page_ticks_per_s, 0)} ticks/s, {said(measures.page_mb, 0)} MiB", cores,
         f"{_rounded(measures.page_ticks_per_s / max(measures.page_python_cpu, measures.page_browser_cpu))}/s"),
    ]  # fmt: skip
    return table(("part", "cost", "one core"), rows)


def fit(results: Results, installation: Installation) -> str:
    """The sum that the plans use, beside what was measured."""
    rows = []
    cases = [
        *((FANOUT, case, _RATE_HZ) for case in results.cases(FANOUT, TICKQL.name)),
        *((SYMBOLS, case, case * _RATE_HZ) for case in results.cases(SYMBOLS, TICKQL.name)),
    ]
    for section, case, ticks_per_s in cases:
        subscribers = case if section == FANOUT else case * FULL.per_symbol
        measured = results.median(section, TICKQL.name, case, "server_cpu")
        rows.append((
            _rounded(subscribers),
            _rounded(1 if section == FANOUT else case),
            said(installation.predicted_core(ticks_per_s, subscribers * _RATE_HZ), 2),
            said(measured, 2),
        ))  # fmt: skip
    return table(("subscribers", "symbols at 100 Hz", "computed: cores", "measured: cores"), rows)


def hot_symbol(installation: Installation, measures: Measures, assumed: Assumptions) -> str:
    """How far one symbol goes, which only one Redis can hold."""
    servers = int((assumed.load * 1e6 / _RATE_HZ - measures.redis_us) / measures.follow_us)
    each = int((assumed.load * 1e6 / _RATE_HZ - measures.listen_us) / installation.message_us)
    return (
        f"One symbol at {_RATE_HZ:g} ticks a second, every tick to everybody: {_rounded(each)} subscribers for each "
        f"API server, and {_rounded(servers)} API servers for the one Redis that holds the symbol: "
        f"{_rounded(servers * each)} subscribers."
    )


def plans(installation: Installation, subscribers: Sequence[int], symbols: Sequence[int]) -> str:
    """How many of what."""
    heads = (
        "subscribers", "symbols", "producers (cores, GiB)", "Redis (cores, GiB)", "API servers (cores, GiB)",
        "subscribers, symbols of each", "Gbit/s: to API servers, to subscribers", "all there again", "first limit",
    )  # fmt: skip
    return table(
        heads,
        [
            _plan(installation.plan(many, of), installation.assumed.most_clients)
            for of in symbols
            for many in subscribers
        ],
    )


def _plan(plan: Plan, most_clients: int) -> tuple[str, ...]:
    first = plan.first
    limit = f"{first.name}, {_short(first.needed)} x" if first.needed > 1 else "none: one of each is enough"
    if plan.redis_clients > most_clients:
        limit += f"; `maxclients` of each Redis above {_rounded(plan.redis_clients)}"
    if plan.one_symbol > 1:
        limit = f"**one Redis for a symbol, {_short(plan.one_symbol)} x: not possible**; {limit}"
    return (
        _rounded(plan.subscribers),
        _rounded(plan.symbols),
        f"{_rounded(plan.producers)} ({_short(plan.producer_cores)}, {_short(plan.producer_gib)})",
        f"{_rounded(plan.redis)} ({_short(plan.redis_cores)}, {_short(plan.redis_gib)})",
        f"{_rounded(plan.api_servers)} ({_short(plan.api_cores)}, {_short(plan.api_gib)})",
        f"{_rounded(plan.each_subscribers)}, {_rounded(plan.each_symbols)}",
        f"{_short(plan.redis_gbit)}, {_short(plan.out_gbit)}",
        f"{_short(plan.reopened_s)} s",
        limit,
    )


def sections(results: Results, assumed: Assumptions) -> dict[str, str]:
    """Everything that `docs/scaling.md` has from here, by name."""
    measures = Measures.of(results)
    installation = Installation(measures, assumed)
    paced = Installation(measures, replace(assumed, max_hz=PACED_HZ))
    return {
        "carried": carried(measures),
        "fit": fit(results, installation),
        "hot-symbol": hot_symbol(installation, measures, assumed),
        "assumptions": assumptions(assumed),
        "every-tick": plans(installation, SUBSCRIBERS, SYMBOL_COUNTS),
        "paced": plans(paced, SUBSCRIBERS, SYMBOL_COUNTS),
    }


def assumptions(assumed: Assumptions) -> str:
    """What the plans take for granted."""
    rows = [
        ("ticks a second of each symbol", f"{assumed.rate_hz:g}", "`--rate`"),
        ("symbols that a subscriber follows, chosen by chance", f"{assumed.follows}", "`--follows`"),
        ("messages a second and symbol that it asks for", "every tick" if assumed.max_hz is None
         else f"{assumed.max_hz:g}", "`--max-hz`"),
        ("share of a core that is planned with", f"{100 * assumed.load:g} %", "`--load`"),
        ("ticks of a symbol that Redis keeps", _rounded(assumed.kept_ticks), "`--history`"),
        ("memory of one Redis for ticks", f"{assumed.redis_gib:g} GiB", "`--redis-gib`"),
        ("network of a machine", f"{assumed.network_gbit:g} Gbit/s", "`--network`"),
        ("most connections of a Redis", _rounded(assumed.most_clients), "`--clients`"),
        ("most connections of an API server", _rounded(assumed.most_connections), "`--connections`"),
        ("a message on its way to a subscriber, with headers", f"{message_bytes()} bytes", ""),
    ]  # fmt: skip
    return table(("what", "taken", "option"), rows)


def _rounded(value: float) -> str:
    """A count to three digits."""
    whole = round(value)
    return f"{whole:,}" if whole < 1000 else f"{int(float(f'{whole:.3g}')):,}"


def _short(value: float) -> str:
    """A quantity to two digits."""
    if value < 0.01:
        return "< 0.01"
    return f"{float(f'{value:.2g}'):g}" if value < 10 else f"{int(float(f'{value:.2g}')):,}"
