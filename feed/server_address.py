"""The address of a Redis server as messages and logs may show it: without its password. No I/O."""

_HIDDEN = "***"
_SPECIAL = "/?#@"
_HEX = frozenset("0123456789abcdefABCDEF")
ENCODING_ADVICE = "percent-encode these characters of user and password: # %23, / %2F, ? %3F, % %25, @ %40"


def without_password(address: str) -> str:
    """Return an address, which may be malformed, with `***` in place of its password."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        # Without a scheme it may be anything, also a password alone.
        return _HIDDEN if "@" in address else address
    # The last `@`: a password that should have been encoded may contain further ones, and `/`, `?` or `#`.
    login, at, server = rest.rpartition("@")
    user, colon, _ = login.partition(":")
    place, question, query = server.partition("?")
    shown_query = "&".join(map(_without_value, query.split("&")))
    return f"{scheme}://{user}{f':{_HIDDEN}' if colon else ''}{at}{place}{question}{shown_query}"


def encoding_fault(address: str) -> str | None:
    """Return what is wrong with the user or the password of an address, for people; `None`: nothing."""
    login, at, _ = address.partition("://")[2].rpartition("@")
    if not at:
        return None
    wrong = next((each for each in _SPECIAL if each in login), None)
    if wrong is None and any(not (len(code) > 1 and {*code[:2]} <= _HEX) for code in login.split("%")[1:]):
        wrong = "%"
    return None if wrong is None else f"its user or password contains {wrong}: {ENCODING_ADVICE}"


def _without_value(parameter: str) -> str:
    name, equals, _ = parameter.partition("=")
    return f"{name}={_HIDDEN}" if equals and "pass" in name.lower() else parameter
