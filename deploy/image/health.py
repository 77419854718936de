"""Whether the part of tickql in this container works: exit code 0. Docker and Compose ask it (HEALTHCHECK)."""

import os
import sys
from http.client import HTTPConnection, HTTPException

_TIMEOUT_S = 4.0


def main() -> int:
    """Ask the producer or relay at its metrics port, which a server has no need for, else the server."""
    metrics_port = _port("TICKQL_METRICS_PORT") or _port("TICKQL_RELAY_METRICS_PORT")
    port, path = (metrics_port, "/metrics") if metrics_port else (_port("TICKQL_PORT") or 8000, "/healthz")
    connection = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", path)
        return 0 if connection.getresponse().status == 200 else 1
    except (OSError, HTTPException):
        return 1
    finally:
        connection.close()


def _port(name: str) -> int:
    return int(os.environ.get(name) or 0)


if __name__ == "__main__":
    sys.exit(main())
