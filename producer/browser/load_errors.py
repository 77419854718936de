"""Error messages of Playwright and the browser, in plain words. No I/O."""

import re

from tickql.producer.feedfile.addresses import origin_of

_ADDRESS = re.compile(r"\b(?:https?|wss?)://[^\s\"'<>]+", re.IGNORECASE)
_NET_ERROR = re.compile(r"net::(ERR_\w+)")
_TIMEOUT = re.compile(r"Timeout (\d+)ms exceeded")
_MESSAGES = {
    "ERR_NAME_NOT_RESOLVED": "there is no host of that name",
    "ERR_CONNECTION_REFUSED": "nothing listens at its address",
    "ERR_CONNECTION_TIMED_OUT": "its host does not answer",
    "ERR_TIMED_OUT": "its host does not answer",
    "ERR_ADDRESS_UNREACHABLE": "its host cannot be reached",
    "ERR_INTERNET_DISCONNECTED": "this machine has no network",
    "ERR_CONNECTION_CLOSED": "the server closed the connection without an answer",
    "ERR_CONNECTION_RESET": "the server closed the connection without an answer",
    "ERR_EMPTY_RESPONSE": "the server closed the connection without an answer",
    "ERR_INVALID_HTTP_RESPONSE": "the answer does not come from a web server",
    "ERR_SSL_PROTOCOL_ERROR": "the server does not use https",
    "ERR_TOO_MANY_REDIRECTS": "the site redirects without end",
    "ERR_INVALID_AUTH_CREDENTIALS": "the site asks for a user name and password: give `http_auth`",
    "ERR_PROXY_CONNECTION_FAILED": "the proxy does not answer",
    "ERR_SOCKS_CONNECTION_FAILED": "the proxy does not reach it",
    "ERR_TUNNEL_CONNECTION_FAILED": "the proxy refuses to connect to it",
    "ERR_PROXY_AUTH_UNSUPPORTED": "the proxy asks for a login of a kind that the browser does not know",
    "ERR_FILE_NOT_FOUND": "there is no such file",
    "ERR_UNSAFE_PORT": "browsers open no page at this port",
}
_MAX_CHARACTERS = 2000
"""Of a message: what is shown. It may quote the page."""
_INTERCEPTS = " intercepts pointer events"
_OBSTACLES = (
    "did not find some options",
    "element is not enabled",
    "element is not editable",
    "element is not stable",
)
_DOWNLOAD = "Download is starting"


def describe_load_error(error: BaseException) -> str:
    """Return why Playwright's `goto` failed, in a few words and with the browser's own name of the error."""
    message = one_line(error).removeprefix("Page.goto: ")
    if _DOWNLOAD in message:
        return "its address gives a file to download, not a page"
    timeout = _TIMEOUT.search(message)
    if timeout is not None:
        return f"no answer in {int(timeout[1]) / 1000:g} s"
    found = _NET_ERROR.search(message)
    if found is None:
        return without_secrets(message)
    name = found[1]
    if name.startswith("ERR_CERT_"):
        return f"the browser does not trust the site's certificate ({name}): `ca` names who may sign it"
    return f"{_MESSAGES[name]} ({name})" if name in _MESSAGES else without_secrets(message)


def without_secrets(text: str) -> str:
    """Return a message with only the origin of each address in it: a path or a query may hold a secret."""
    return _ADDRESS.sub(lambda found: _origin(found[0]), text[:_MAX_CHARACTERS])


def _origin(address: str) -> str:
    try:
        return origin_of(address)
    except ValueError:
        return "..."


def obstacle(error: BaseException) -> str | None:
    """Return why an element cannot be used, such as `<div> intercepts pointer events`; `None`: the error does not say.

    That is in Playwright's log of its calls only, whose other lines may contain a secret.
    """
    # The lines may quote the page, so no regular expression goes over them.
    for line in reversed(str(error).splitlines()):
        text = line.strip()
        if text.startswith("- ") and (text.endswith(_INTERCEPTS) or text[2:] in _OBSTACLES):
            return text[2:]
    return None


def one_line(error: BaseException) -> str:
    """Return Playwright's message in one line: without its call log, but with the first error that the browser wrote.

    The browser's own error is in the call log only, and is the one that says why it did not start.
    """
    first, *call_log = str(error).splitlines() or [""]
    browser_error = next((line.partition("[err] ")[2].strip() for line in call_log if "[err] " in line), "")
    return f"{first.strip()} ({browser_error})" if browser_error else first.strip()
