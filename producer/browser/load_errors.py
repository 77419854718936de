"""What the browser says when something fails, in words for people. No I/O."""

import re

_NET = re.compile(r"net::(ERR_\w+)")
_TIMEOUT = re.compile(r"Timeout (\d+)ms exceeded")
_SAYINGS = {
    "ERR_NAME_NOT_RESOLVED": "there is no host of that name",
    "ERR_CONNECTION_REFUSED": "nothing listens at its address",
    "ERR_CONNECTION_TIMED_OUT": "its host does not answer",
    "ERR_TIMED_OUT": "its host does not answer",
    "ERR_ADDRESS_UNREACHABLE": "its host cannot be reached",
    "ERR_INTERNET_DISCONNECTED": "this machine has no network",
    "ERR_CONNECTION_CLOSED": "the server hung up without an answer",
    "ERR_CONNECTION_RESET": "the server hung up without an answer",
    "ERR_EMPTY_RESPONSE": "the server hung up without an answer",
    "ERR_INVALID_HTTP_RESPONSE": "what answers is no web server",
    "ERR_SSL_PROTOCOL_ERROR": "the server does not speak https",
    "ERR_TOO_MANY_REDIRECTS": "the site redirects for ever",
    "ERR_INVALID_AUTH_CREDENTIALS": "the site asks for a user name and password",
    "ERR_FILE_NOT_FOUND": "there is no such file",
    "ERR_UNSAFE_PORT": "no browser opens a page at this port",
}
_DOWNLOAD = "Download is starting"


def describe_load_error(error: BaseException) -> str:
    """What Playwright's `goto` said, in a few words and with the browser's own name for it."""
    said = one_line(error).removeprefix("Page.goto: ")
    if _DOWNLOAD in said:
        return "its address gives a file to download, not a page"
    late = _TIMEOUT.search(said)
    if late is not None:
        return f"no answer in {int(late[1]) / 1000:g} s"
    found = _NET.search(said)
    if found is None:
        return said
    name = found[1]
    if name.startswith("ERR_CERT_"):
        return f"the browser does not trust the site's certificate ({name})"
    return f"{_SAYINGS[name]} ({name})" if name in _SAYINGS else said


def one_line(error: BaseException) -> str:
    """Playwright's message without its call log, but with the browser's own first word, which says why."""
    first, *rest = str(error).splitlines() or [""]
    said = next((line.partition("[err] ")[2].strip() for line in rest if "[err] " in line), "")
    return f"{first.strip()} ({said})" if said else first.strip()
