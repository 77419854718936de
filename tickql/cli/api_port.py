"""The port of the API: whether it is free, and whether another tickql serves on it."""

import json
import socket
from contextlib import closing
from http.client import HTTPConnection, HTTPException

_ANSWER_S = 2.0
"""How long another program may take to answer. A tickql answers `/readyz` from memory, in milliseconds."""
_READYZ_KEYS = {"ready", "state", "reason"}


def running_tickql_state(host: str, port: int) -> str | None:
    """Return the feed state of the tickql API that serves there, such as `LIVE`; `None`: no tickql answers in 2 s."""
    with closing(HTTPConnection(host, port, timeout=_ANSWER_S)) as connection:
        try:
            connection.request("GET", "/readyz")
            answer = json.loads(connection.getresponse().read(4096))
        except (OSError, HTTPException, ValueError):
            return None
    return str(answer["state"]) if isinstance(answer, dict) and answer.keys() == _READYZ_KEYS else None


def bind_error(host: str, port: int) -> OSError | None:
    """Return why a server cannot listen at this address now; `None`: it can."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            # As the API does: connections of an earlier server that are still closing do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None
