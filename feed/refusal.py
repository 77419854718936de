"""What can be done about a refusal of Redis, or about a connection that fails: the advice in the messages. No I/O."""

from tickql.feed.errors import FeedRefused

_ADVICE = {
    "CROSSSLOT": "this is a Redis Cluster: say so in TICKQL_REDIS_URL, redis://HOST/?cluster=1",
    "MOVED": "this is a Redis Cluster: say so in TICKQL_REDIS_URL, redis://HOST/?cluster=1",
    "BUSY ": "a script of another program runs without end: SCRIPT KILL ends it",
    "NOPERM": "allow this user the commands, keys and channels of the feed",
    "NOAUTH": "give user and password in TICKQL_REDIS_URL",
    "WRONGPASS": "correct user and password in TICKQL_REDIS_URL, where # / ? % @ are percent-encoded",
    "OOM": "raise maxmemory, or keep fewer ticks: TICKQL_HISTORY_TICKS",
    "READONLY": "set TICKQL_REDIS_URL to the server that accepts writes",
}
"""What can be done about a refusal, by the code of Redis's message."""
_CLASSES = {
    "NOPERMISSION": "NOPERM", "OUTOFMEMORY": "OOM", "READONLY": "READONLY", "AUTHENTICATIONWRONG": "WRONGPASS",
    "KEYS IN REQUEST DON'T HASH": "CROSSSLOT", "AUTHENTICATION REQUIRED": "NOAUTH", "INVALID USERNAME": "WRONGPASS",
}  # fmt: skip
"""The codes of messages of which redis-py has dropped the code, by a part of the message or of the error's class."""
_CLIENT_OPTIONS = "ssl_certfile and ssl_keyfile in TICKQL_REDIS_URL"
_TLS_ADVICE = {
    "HOSTNAME MISMATCH": "TLS: the certificate of Redis is for another host than the one in TICKQL_REDIS_URL",
    "IP ADDRESS MISMATCH": "TLS: the certificate of Redis is for another host than the one in TICKQL_REDIS_URL",
    "CERTIFICATE VERIFY FAILED": "TLS: the certificate of Redis is of another CA than ssl_ca_certs in TICKQL_REDIS_URL",
    "CERTIFICATE REQUIRED": f"TLS: Redis asks for a certificate: {_CLIENT_OPTIONS}",
    "DECRYPT ERROR": "TLS: Redis does not accept the certificate ssl_certfile in TICKQL_REDIS_URL",
    "UNKNOWN CA": "TLS: Redis does not accept the certificate ssl_certfile in TICKQL_REDIS_URL",
}
"""What can be done about a failed TLS connection, by a part of OpenSSL's message. The first one counts."""


def refusal(error: Exception) -> FeedRefused:
    """Return the error for what Redis refused: its message, and what can be done."""
    # redis-py drops the code of some messages, such as NOPERM, and makes a class of it.
    message = f"{type(error).__name__} {error}".upper()
    found = next((advice for code, advice in _ADVICE.items() if code in message), None)
    if found is None:
        found = next((_ADVICE[code] for name, code in _CLASSES.items() if name in message), None)
    return FeedRefused(f"Redis refused: {error}" + (f"; {found}" if found else ""))


def outage_reason(error: BaseException, otherwise: str) -> str:
    """Return why a connection failed, and what can be done. `otherwise`: for an error that says nothing."""
    if isinstance(error, TimeoutError) or not str(error):
        return otherwise
    text = str(error)
    advice = next((advice for part, advice in _TLS_ADVICE.items() if part in text.upper().replace("_", " ")), None)
    return f"{advice} ({text})" if advice else text


def tls_hint(url: str, error: BaseException) -> str:
    """Return what may be wrong with `url` if a server ends a connection at its start without a word, else nothing."""
    if not any(
        part in str(error).lower() for part in ("reset by peer", "closed by server", "connection lost", "broken pipe")
    ):
        return ""
    if not url.startswith("rediss:"):
        return "; if it expects TLS: rediss:// in TICKQL_REDIS_URL"
    if "ssl_certfile=" in url:
        return "; perhaps it does not accept the certificate ssl_certfile in TICKQL_REDIS_URL"
    return f"; if it asks for a certificate: {_CLIENT_OPTIONS}"
