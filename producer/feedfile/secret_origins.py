"""The key `secret_origins`: which further sites a login leads to, and may be given its secrets."""

from typing import Annotated

from pydantic import AfterValidator, Field

from tickql.producer.errors import excerpt
from tickql.producer.feedfile.addresses import keeps_secrets, origin_of
from tickql.producer.feedfile.section import ONE_OR_MORE


def _check_origin(text: str) -> str:
    try:
        origin = origin_of(text)
    except ValueError:
        origin = ""
    if text.rstrip("/") != origin or not origin.startswith(("http://", "https://")):
        raise ValueError(f'{excerpt(text, 80)!r} is not an origin, such as "https://login.example.test"')
    if not keeps_secrets(origin):
        raise ValueError(f"{origin} is not encrypted: secrets are sent over https only")
    return origin


SecretOrigins = Annotated[tuple[Annotated[str, AfterValidator(_check_origin)], ...], ONE_OR_MORE, Field(max_length=20)]
"""Origins, as browsers write them. In the file: one, or a list of 20 at most."""
