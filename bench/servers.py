"""The servers under test: how each is started, and where its subscribers go."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.connection import Target
from bench.http_stream import MULTIPART, SSE
from tickql.api.access.grant import Role
from tickql.api.access.symbol_patterns import SymbolPatterns
from tickql.api.access.token_file import TokenFile

_PEERS = Path(__file__).parent / "peers"
NGINX = Path(__file__).parent.parent / ".tickql" / "nginx"
"""Where set-up has unpacked Debian's nginx and nchan."""
_NCHAN = "usr/lib/nginx/modules/ngx_nchan_module.so"
_NCHAN_ID = "0" * 36
_BUILT = Path(__file__).parent.parent / ".tickql" / "peers"
"""Where set-up has put what it compiles: Centrifugo, and async-graphql on axum."""
CENTRIFUGO_PROGRAM = _BUILT / "centrifugo"
ASYNC_GRAPHQL_PROGRAM = _BUILT / "async-graphql"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one run of a server takes place."""

    port: int
    redis_url: str
    namespace: str
    folder: Path


def _nothing_lacks() -> str | None:
    return None


def _no_environment(place: Place) -> dict[str, str]:
    return {}


def _no_tokens(place: Place) -> tuple[str, ...]:
    return ()


def _from_redis(place: Place) -> list[str]:
    return ["--to", place.redis_url]


@dataclass(frozen=True, slots=True)
class Server:
    """One kind of server. `mode`: how `bench.ticker` feeds it; `None`: it makes its ticks itself."""

    name: str
    title: str
    command: Callable[[Place], list[str]]
    mode: str | None = "redis"
    lacks: Callable[[], str | None] = _nothing_lacks
    """What it needs and this machine has not; `None`: nothing."""
    environment: Callable[[Place], dict[str, str]] = _no_environment
    feed: Callable[[Place], list[str]] = _from_redis
    path: str = "/graphql"
    protocol: str | None = "graphql-transport-ws"
    accept: str | None = None
    channel: str | None = None
    issue_tokens: Callable[[Place], tuple[str, ...]] = _no_tokens
    """Makes the tokens of its clients, before it starts."""

    def target(self, place: Place) -> Target:
        """Where its subscribers go."""
        return Target(place.port, self.path, self.protocol, self.accept, self.issue_tokens(place), self.channel)

    @property
    def is_fed_directly(self) -> bool:
        """Whether its ticks are brought to itself, so that it must be there first; others take them from Redis."""
        return self.mode in ("nchan", "centrifugo")

    def frames(self, symbols: int, pace: Sequence[str]) -> list[str]:
        """What its command needs to know when it makes the ticks itself."""
        return [] if self.mode is not None else [*pace, "--frames", str(symbols)]


def _python(module: str) -> Callable[[Place], list[str]]:
    return lambda place: [sys.executable, "-m", module, str(place.port), place.redis_url]


def _node(script: str) -> Callable[[Place], list[str]]:
    return lambda place: [shutil.which("node") or "node", str(_PEERS / script), str(place.port), place.redis_url]


def _node_lacks() -> str | None:
    if shutil.which("node") is None:
        return "Node.js is not installed"
    return None if (_PEERS / "node_modules").is_dir() else "its npm packages are not installed (make bench does it)"


def _built_lacks(program: Path, toolchain: str) -> Callable[[], str | None]:
    return lambda: None if program.is_file() else f"it is not compiled (make bench does it where {toolchain} is)"


def find_nginx() -> tuple[Path, Path] | None:
    """Nginx and its nchan module: set-up's, else the system's; `None`: neither is there."""
    program = shutil.which("nginx")
    found = [(NGINX / "usr/sbin/nginx", NGINX / _NCHAN), (Path(program or "/usr/sbin/nginx"), Path("/") / _NCHAN)]
    return next((pair for pair in found if all(path.is_file() for path in pair)), None)


def _nchan_lacks() -> str | None:
    return None if find_nginx() else "nginx with nchan is not here (make bench fetches it on Debian as root)"


def _nginx(place: Place) -> list[str]:
    found = find_nginx()
    assert found is not None, "not asked for when it lacks"
    program, module = found
    conf = (_PEERS / "nginx.conf").read_text()
    values = {
        "@FOLDER@": str(place.folder),
        "@PORT@": str(place.port),
        "@MODULE@": str(module),
        "@USER@": "user root;" if os.geteuid() == 0 else "",
    }
    for name, value in values.items():
        conf = conf.replace(name, value)
    path = place.folder / "nginx.conf"
    path.write_text(conf)
    return [str(program), "-c", str(path), "-p", str(place.folder)]


def _tickql(place: Place) -> list[str]:
    return [sys.executable, "-m", "tickql", "serve", "--port", str(place.port)]


TICKQL = Server(
    "tickql",
    "tickql",
    _tickql,
    mode="feed",
    environment=lambda place: {
        "TICKQL_REDIS_URL": place.redis_url,
        "TICKQL_NAMESPACE": place.namespace,
        # All connections of the load come from one address.
        "TICKQL_MAX_CONNECTIONS": "20000",
        "TICKQL_MAX_CONNECTIONS_PER_ADDRESS": "20000",
        "TICKQL_MAX_CONNECTIONS_BEFORE_INIT": "20000",
    },
    feed=lambda place: ["--to", place.redis_url, "--namespace", place.namespace],
)
TICKQL_SSE = replace(TICKQL, name="tickql-sse", title="tickql, server-sent events", accept=SSE)
TICKQL_MULTIPART = replace(TICKQL, name="tickql-multipart", title="tickql, multipart", accept=MULTIPART)
_TOKENS = 40


def _token_file(place: Place) -> Path:
    return place.folder / "tokens.json"


def _issue_tokens(place: Place) -> tuple[str, ...]:
    """One token for some ten clients. Each covers one symbol by its name and the others by patterns."""
    file, symbols = TokenFile(_token_file(place)), SymbolPatterns.parse("S0,S*,FX:*")
    return tuple(file.issue(None, symbols, Role.READER, None)[0] for _ in range(_TOKENS))


TICKQL_TOKENS = replace(
    TICKQL,
    name="tickql-tokens",
    title="tickql, clients with tokens",
    environment=lambda place: {**TICKQL.environment(place), "TICKQL_TOKEN_FILE": str(_token_file(place))},
    issue_tokens=_issue_tokens,
)
FLOOR = Server(
    "floor",
    "bare send() loop (no GraphQL)",
    lambda place: [sys.executable, "-m", "bench.floor", str(place.port)],
    mode=None,
    path="/",
    protocol=None,
)
NCHAN = Server(
    "nchan",
    "nginx with nchan (C, no GraphQL)",
    _nginx,
    mode="nchan",
    lacks=_nchan_lacks,
    feed=lambda place: ["--to", f"127.0.0.1:{place.port}", "--namespace", _NCHAN_ID],
    path="/sub/S0",
    protocol=None,
)
CENTRIFUGO = Server(
    "centrifugo",
    "Centrifugo with recovery (Go, no GraphQL)",
    lambda place: [str(CENTRIFUGO_PROGRAM), "--config", str(_PEERS / "centrifugo" / "config.json")],
    mode="centrifugo",
    lacks=_built_lacks(CENTRIFUGO_PROGRAM, "Go"),
    environment=lambda place: {"CENTRIFUGO_HTTP_SERVER_PORT": str(place.port)},
    feed=lambda place: ["--to", f"127.0.0.1:{place.port}", "--namespace", "ticks"],
    path="/connection/websocket",
    protocol=None,
    channel="ticks:S0",
)
ASYNC_GRAPHQL = Server(
    "async-graphql",
    "async-graphql on axum (Rust)",
    lambda place: [str(ASYNC_GRAPHQL_PROGRAM), str(place.port), place.redis_url],
    lacks=_built_lacks(ASYNC_GRAPHQL_PROGRAM, "Cargo"),
)
STRAWBERRY = Server("strawberry", "Strawberry as documented", _python("bench.peers.strawberry_documented"))
GRAPHQL_WS = Server(
    "graphql-ws", "graphql-ws + ws + graphql-redis-subscriptions", _node("graphql-ws.mjs"), lacks=_node_lacks
)
MERCURIUS = Server("mercurius", "Mercurius with JIT", _node("mercurius.mjs"), lacks=_node_lacks)
YOGA = Server("yoga", "GraphQL Yoga", _node("yoga.mjs"), lacks=_node_lacks)
CONSTANT = Server("constant", "constant answer (uvicorn, no GraphQL)", _python("bench.peers.constant"))
ALL = {
    server.name: server
    for server in (
        TICKQL, TICKQL_TOKENS, TICKQL_SSE, TICKQL_MULTIPART, FLOOR, NCHAN, CENTRIFUGO, STRAWBERRY, GRAPHQL_WS,
        MERCURIUS, YOGA, ASYNC_GRAPHQL, CONSTANT,
    )
}  # fmt: skip
"""Every server by its name."""
