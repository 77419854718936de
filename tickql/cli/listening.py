"""Whether an address can be listened at, and whether a tickql does so already."""

import json
import socket
from contextlib import closing
from http.client import HTTPConnection, HTTPException

_ANSWER_S = 2.0
_KEYS = {"ready", "state", "reason"}


def served_state(host: str, port: int) -> str | None:
    """The state of the feed that a tickql API serves there, such as `LIVE`; `None`: no tickql answers within 2 s."""
    with closing(HTTPConnection(host, port, timeout=_ANSWER_S)) as connection:
        try:
            connection.request("GET", "/readyz")
            answer = json.loads(connection.getresponse().read(4096))
        except (OSError, HTTPException, ValueError):
            return None
    return str(answer["state"]) if isinstance(answer, dict) and answer.keys() == _KEYS else None


def why_taken(host: str, port: int) -> OSError | None:
    """Why nothing can be made to listen there now; `None`: it can."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None
