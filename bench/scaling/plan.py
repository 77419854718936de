"""How many of what an installation needs, which limit comes first, and what it costs."""

from dataclasses import dataclass
from math import ceil, expm1, log1p

from bench.scaling.measures import Measures, message_bytes

_US = 1e6
_MIB, _GIB = 2**20, 2**30


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the measurements do not say."""

    rate_hz: float = 10.0
    """Ticks a second of each symbol."""
    follows: int = 10
    """Symbols that each subscriber follows, chosen by chance."""
    max_hz: float | None = None
    """That each subscriber asks for; `None`: every tick."""
    load: float = 0.5
    """Share of a core that is planned with. The rest is for peaks, and for the clients of a server that has ended."""
    kept_ticks: int = 100_000
    """Ticks that Redis keeps of each symbol: `TICKQL_HISTORY_TICKS`."""
    redis_gib: float = 64.0
    """Memory of one Redis for ticks."""
    network_gbit: float = 10.0
    """Of one machine."""
    most_clients: int = 10_000
    """Connections of one Redis: `maxclients`."""
    most_connections: int = 10_000
    """Of one API server: `TICKQL_MAX_CONNECTIONS`."""


@dataclass(frozen=True, slots=True)
class Part:
    """One limit. `needed`: how many times over what one unit gives, as planned; below 1 one unit is enough."""

    name: str
    needed: float


@dataclass(frozen=True, slots=True)
class Plan:
    """One installation. Cores are those in use, on average; `*_servers`, `redis` and `producers` are processes."""

    subscribers: int
    symbols: int
    producers: int
    producer_cores: float
    producer_gib: float
    redis: int
    redis_cores: float
    redis_gib: float
    redis_gbit: float
    """That all of Redis sends to the API servers."""
    api_servers: int
    api_cores: float
    api_gib: float
    each_subscribers: int
    """Subscribers of one API server."""
    each_symbols: float
    """Symbols that it follows."""
    out_gbit: float
    """That all API servers send to subscribers."""
    reopened_s: float
    """Until all subscribers are there again after everything was restarted."""
    redis_clients: int
    """Connections of API servers to each Redis; 0: not measured."""
    one_symbol: float
    """What one symbol needs of its Redis, which cannot be divided. Above 1 this installation is not possible."""
    limits: tuple[Part, ...]

    @property
    def first(self) -> Part:
        """The limit that comes first when an installation of one of each grows to this size."""
        return max(self.limits, key=lambda part: part.needed)


def followed(subscribers: float, symbols: int, follows: int) -> float:
    """How many different symbols the subscribers of one API server follow together, on average."""
    if follows >= symbols:
        return float(symbols)
    return -symbols * expm1(subscribers * log1p(-follows / symbols))


class Installation:
    """Computes plans from measures and assumptions."""

    def __init__(self, measures: Measures, assumed: Assumptions) -> None:
        self._measures = measures
        self.assumed = assumed

    def plan(self, subscribers: int, symbols: int) -> Plan:
        """What so many subscribers of so many symbols need."""
        measures, assumed = self._measures, self.assumed
        ticks_per_s = symbols * assumed.rate_hz
        servers = self._servers(subscribers, symbols)
        each = subscribers / servers
        each_symbols = followed(each, symbols, assumed.follows)
        messages_per_s = subscribers * self.messages_per_s(symbols)
        followed_per_s = servers * each_symbols * assumed.rate_hz
        sending_cores = messages_per_s * self.message_us / _US
        listening_cores = followed_per_s * measures.listen_us / _US
        writing_cores = ticks_per_s * measures.redis_us / _US
        following_cores = followed_per_s * measures.follow_us / _US
        pages = ticks_per_s / measures.page_ticks_per_s
        page_core = max(measures.page_python_cpu, measures.page_browser_cpu)
        redis_gib = symbols * assumed.kept_ticks * measures.kept_bytes / _GIB
        out_gbit = messages_per_s * message_bytes() * 8 / 1e9
        redis_gbit = followed_per_s * measures.follow_bytes * 8 / 1e9
        limits = (
            Part("pages: the browser's core", pages * page_core / assumed.load),
            Part("Redis: writing", writing_cores / assumed.load),
            Part("Redis: sending to API servers", following_cores / assumed.load),
            Part("Redis: memory", redis_gib / assumed.redis_gib),
            Part("API servers: delivering", sending_cores / assumed.load),
            Part("API servers: listening", listening_cores / assumed.load),
            Part("API servers: connections", subscribers / assumed.most_connections),
            Part("network to subscribers", out_gbit / assumed.network_gbit),
            Part("network of Redis", redis_gbit / assumed.network_gbit),
        )
        redis_cores = writing_cores + following_cores
        each_redis = (
            redis_cores / assumed.load,
            redis_gib / assumed.redis_gib,
            redis_gbit / assumed.network_gbit / assumed.load,
        )
        return Plan(
            subscribers=subscribers,
            symbols=symbols,
            producers=ceil(pages * page_core / assumed.load),
            producer_cores=pages * (measures.page_python_cpu + measures.page_browser_cpu),
            producer_gib=ceil(pages * page_core / assumed.load) * measures.page_mb * _MIB / _GIB,
            redis=ceil(max(each_redis)),
            redis_cores=redis_cores,
            redis_gib=redis_gib,
            redis_gbit=redis_gbit,
            api_servers=servers,
            api_cores=sending_cores + listening_cores,
            api_gib=(servers * measures.server_mb * _MIB + subscribers * measures.connection_kb * 1024) / _GIB,
            each_subscribers=ceil(each),
            each_symbols=each_symbols,
            out_gbit=out_gbit,
            reopened_s=each / measures.opened_per_s,
            redis_clients=round(servers * (measures.follow_clients or 0)),
            one_symbol=servers
            * min(1.0, each_symbols / symbols)
            * assumed.rate_hz
            * measures.follow_us
            / _US
            / assumed.load,
            limits=limits,
        )

    def messages_per_s(self, symbols: int) -> float:
        """Of one subscriber."""
        assumed = self.assumed
        rate_hz = assumed.rate_hz if assumed.max_hz is None else min(assumed.rate_hz, assumed.max_hz)
        return min(assumed.follows, symbols) * rate_hz

    @property
    def message_us(self) -> float:
        """Of an API server, for each message."""
        measures = self._measures
        return measures.message_us if self.assumed.max_hz is None else max(measures.message_us, measures.paced_us)

    def core(self, subscribers: float, symbols: int) -> float:
        """What one API server with so many subscribers uses of its core."""
        listened = followed(subscribers, symbols, self.assumed.follows) * self.assumed.rate_hz
        return self.predicted_core(listened, subscribers * self.messages_per_s(symbols))

    def predicted_core(self, ticks_per_s: float, messages_per_s: float) -> float:
        """What one API server uses of its core, to be held against what was measured."""
        return (ticks_per_s * self._measures.listen_us + messages_per_s * self.message_us) / _US

    def _servers(self, subscribers: int, symbols: int) -> int:
        """The fewest API servers of which none uses more than what is planned with."""
        few, many = 0, subscribers
        while many - few > 1:
            servers = (few + many) // 2
            each = subscribers / servers
            if each <= self.assumed.most_connections and self.core(each, symbols) <= self.assumed.load:
                many = servers
            else:
                few = servers
        return many
