"""Results as parts of a multipart response, as Apollo's clients and gql read them.

The response begins with a boundary, and each part ends with the next one: a client knows at once that a part is whole.
A part `{}` is a heartbeat. A part whose payload is null says that the stream was interrupted.

Protocol: https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
"""

from strawberry.http import GraphQLHTTPResponse
from strawberry.http.streaming import JSONEncoder, MultipartSubscriptionTransport

from tickql.api.fanout.result_encoder import Framing
from tickql.api.traffic import Transport
from tickql.api.transport.prepared_socket import CHUNK_END
from tickql.api.transport.stream_format import StreamFormat

MULTIPART_HEARTBEAT_S = 5.0
"""As the protocol recommends."""
_BOUNDARY = b"\r\n--graphql"
_HEADERS = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
_HEARTBEAT = _HEADERS + b"{}" + _BOUNDARY
_INTERRUPTED = (
    b'{"payload":null,"errors":[{"message":"the stream was interrupted, subscribe again after your last cursor",'
    b'"extensions":{"code":"INTERRUPTED"}}]}'
)

MULTIPART = StreamFormat(
    headers={
        "Content-Type": "multipart/mixed;boundary=graphql;subscriptionSpec=1.0",
        "Cache-Control": "no-cache, no-transform",
        "X-Accel-Buffering": "no",
    },
    framing=Framing(_HEADERS + b'{"payload":', b"}" + _BOUNDARY + CHUNK_END, Transport.MULTIPART),
    # The heartbeat shows a client whose symbol has no tick yet that the stream has begun.
    start=b"--graphql" + _HEARTBEAT,
    heartbeat=_HEARTBEAT,
    complete=b"--\r\n",
    interrupted=_HEADERS + _INTERRUPTED + _BOUNDARY + b"--\r\n",
)


class MultipartStream(MultipartSubscriptionTransport):
    """When a request gets parts: Strawberry decides that, and encodes what graphql-core executes."""

    format = MULTIPART

    def encode_next(self, response: GraphQLHTTPResponse, encode_json: JSONEncoder) -> str:
        """Return one result as a part."""
        return f'{_HEADERS.decode()}{{"payload":{encode_json(response)}}}{_BOUNDARY.decode()}'
