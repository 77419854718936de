"""Content negotiation: in which form the answer to a request may be sent, from its `Accept` header.

Rules: RFC 9110, 12.5.1 (quality values); GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/) for the
two JSON types; Apollo's multipart protocol, which names itself by the parameter `subscriptionSpec=1.0`.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from strawberry.http import GraphQLRequestProtocol
from strawberry.http.parse_content_type import parse_content_type

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
_EVENT_STREAM = "text/event-stream"
_MULTIPART = "multipart/mixed"
_MULTIPART_SPEC = "1.0"


@dataclass(frozen=True, slots=True)
class _MediaRange:
    """One part of an `Accept` header. `quality` is 0 to 1; 0: not acceptable."""

    media_type: str
    quality: float
    parameters: dict[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Accept:
    """What a client accepts."""

    json_type: str | None
    """The media type of an answer in one piece; `None`: the client accepts none."""
    stream: GraphQLRequestProtocol | None
    """The protocol for a subscription; `None`: the client names none. `*/*` names none: a program that does not expect
    a stream would wait for its end."""


@lru_cache(maxsize=64)
def _negotiate(accept: str) -> Accept:
    ranges = [_media_range(part) for part in accept.split(",") if part.strip()]
    return Accept(_json_type(ranges), _stream(ranges))


def negotiate(accept: str | None) -> Accept:
    """Return what an `Accept` header allows. `None`, or an empty one: there is no such header, all is acceptable."""
    return _negotiate(accept if accept and accept.strip() else "*/*")


def _media_range(part: str) -> _MediaRange:
    media_type, parameters = parse_content_type(part)
    parameters = {name.lower(): value.strip("\"' ") for name, value in parameters.items()}
    return _MediaRange(media_type.strip().lower(), _quality(parameters.pop("q", "1")), parameters)


def _quality(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0


def _json_type(ranges: list[_MediaRange]) -> str | None:
    named = {each.media_type: each.quality for each in ranges}
    any_json = named.get("application/*", named.get("*/*", 0.0))
    plain = named.get(JSON, any_json)
    # Clients of before the specification do not name this type. Only those that do expect its status codes.
    graphql = named.get(GRAPHQL_JSON, 0.0)
    if not plain and not graphql:
        return None
    return GRAPHQL_JSON if graphql >= plain else JSON


def _stream(ranges: list[_MediaRange]) -> GraphQLRequestProtocol | None:
    qualities: dict[GraphQLRequestProtocol, float] = {}
    for each in ranges:
        if each.media_type == _EVENT_STREAM:
            qualities["sse"] = each.quality
        elif each.media_type == _MULTIPART and each.parameters.get("subscriptionspec", "").startswith(_MULTIPART_SPEC):
            qualities["multipart-subscription"] = each.quality
    best = max(qualities, key=lambda protocol: qualities[protocol], default=None)
    return best if best is not None and qualities[best] else None
