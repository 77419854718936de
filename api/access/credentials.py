"""The token in what a client sends: a header, the payload of `connection_init`, or a ticket in the address."""

from collections.abc import Mapping, Sequence

from tickql.api.errors import Unauthenticated

_SCHEME = "bearer "


def token_of_headers(authorization: Sequence[str]) -> str | None:
    """Return the token of the `Authorization` headers of a request; `None`: it has none.

    Raises:
        Unauthenticated: there are several headers, or one of another form.
    """
    if len(authorization) > 1:
        raise Unauthenticated("there are several Authorization headers")
    return _bearer(authorization[0]) if authorization else None


def token_of_payload(payload: Mapping[str, object]) -> str | None:
    """Return the token of a message's payload, `{"authorization": "Bearer ..."}`; `None`: it has none.

    The key may be in any case.

    Raises:
        Unauthenticated: it is given twice, or in another form.
    """
    values = [value for name, value in payload.items() if name.lower() == "authorization"]
    if len(values) > 1:
        raise Unauthenticated("the payload has several keys `authorization`")
    if not values or values[0] is None:
        return None
    if not isinstance(values[0], str):
        raise Unauthenticated("the value of `authorization` is no text")
    return _bearer(values[0])


def _bearer(value: str) -> str:
    if not value.lower().startswith(_SCHEME):
        raise Unauthenticated("an authorization has the form `Bearer <token>`")
    return value[len(_SCHEME) :].strip()
