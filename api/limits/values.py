"""The values of all limits. `docs/operations.md` has the same table, and a test holds both equal."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one API process that no operator has to change. Tests pass smaller ones where time counts.

    The limits that an operator may have to change are settings (`tickql.api.settings`): `max_connections`,
    `max_connections_per_address`, `max_connections_before_init` and `max_operations_per_connection`.
    """

    header_s: float = 10.0
    """Seconds for the headers of a request, from its first byte or the start of the connection. Protects: connections,
    which silent clients would otherwise use up."""
    body_s: float = 10.0
    """Seconds for the body of a request, from the end of its headers. Protects: connections, as above."""
    keep_alive_s: int = 5
    """Seconds between an answer and the next request of the same HTTP connection. Protects: connections, as above."""
    header_bytes: int = 16 * 1024
    """Bytes of the names and values of all headers of a request. Protects: memory."""
    headers: int = 100
    """Headers of a request. Protects: CPU, because each header is looked at several times."""
    url_bytes: int = 8 * 1024
    """Bytes of a URL with its query string. Protects: memory; a subscription over GET fits."""
    body_bytes: int = 64 * 1024
    """Bytes of the body of a request. Protects: memory; far more than the largest allowed document needs."""
    body_pieces: int = 1024
    """Pieces in which a body arrives, such as chunks. Protects: CPU, because each piece is handled alone."""
    parsed_bytes: int = 16 * 1024
    """Bytes of a request that are parsed before its size is looked at again. Protects: memory."""
    accept_bytes: int = 256
    """Bytes of an `Accept` header up to which an answer is cached. Protects: memory, because it is part of the key."""

    frame_bytes: int = 64 * 1024
    """Bytes of a WebSocket message from a client. Protects: memory, like the limit of a body."""
    frames_per_s: float = 100.0
    """Frames per second of a WebSocket connection, on average, of every kind. Protects: CPU."""
    frames_burst: int = 500
    """Frames of a WebSocket connection at once. Protects: CPU; a dashboard starts a hundred operations at once."""
    frames_per_turn: int = 64
    """Frames of a connection that are handled before the event loop serves other connections. Protects: latency."""
    pieces: int = 64
    """Frames of one fragmented message. Protects: memory, because an empty frame is free for its sender."""
    id_characters: int = 128
    """Characters of the id of an operation. Protects: bandwidth, because each message of the operation repeats it."""

    tokens: int = 1000
    """Tokens of a document. Protects: CPU of the parser. Ten times what selecting every field of the schema needs."""
    name_characters: int = 128
    """Characters of an alias. Protects: bandwidth, because each message repeats it."""
    document_characters: int = 16 * 1024
    """Characters of a document. Protects: CPU of the parser, which reads long names one character after the other."""
    fields: int = 200
    """Fields, fragment spreads and inline fragments in a document. Protects: CPU of validation, which visits each of
    them for each rule."""
    repeats: int = 10
    """Fields of the same name (or alias) in one selection set. Protects: CPU of validation, which compares each of them
    with each other."""
    definitions: int = 30
    """Operations and fragments in a document. Protects: CPU of validation, which compares fragments with each other."""
    aliases: int = 100
    """Aliases in a document. Protects: CPU, because each alias of a field repeats its work."""
    directives: int = 50
    """Directives in a document. Protects: CPU of validation and execution."""
    nesting: int = 20
    """Levels of a document. Protects: the stack. The introspection query of GraphiQL has 13."""
    errors: int = 10
    """Errors of an invalid document that are looked for. Protects: CPU, because each is compared with similar names."""
    leaves: int = 64
    """Leaf fields that one root field selects, fragments expanded. Protects: CPU and bandwidth for each event."""
    cost: int = 50_000
    """Cost of a document: for each root field its symbols or its page size, times its leaves, summed up. Protects: CPU.
    Two pages of 1,000 ticks with all fields are allowed."""
    cost_for_each_symbol: int = 20
    """Cost of a document for each symbol that there is, where that allows more than `cost`: an operation on all symbols
    with all fields of their states is allowed, however many they are. Protects: CPU."""
    symbols: int = 500
    """Symbols in one argument. Protects: memory and Redis. A board of more symbols leaves the argument out."""
    symbols_per_connection: int = 2000
    """Symbols that all running operations of a WebSocket connection name. Protects: memory, one ring each."""
    unpublished_symbols: int = 10_000
    """Symbols that subscribers of all connections name and no producer has opened. Protects: memory, and Redis, which
    is asked for them every 2 s."""
    selections_per_connection: int = 32
    """Different selections of the running operations of a WebSocket connection. Protects: CPU, because each selection
    is encoded for each tick. Operations that select the same share one."""

    cached_document_bytes: int = 4 * 1024
    """Bytes of a document up to which its parsed and validated form, and its selection, are kept. Protects: memory."""
    cached_answer_bytes: int = 64 * 1024
    """Bytes of an answer up to which its query is kept. Protects: memory."""
    cache_bytes: int = 16 * 1024 * 1024
    """Bytes of all queries with their answers that are kept. Protects: memory."""


LIMITS = Limits()
"""The values in use."""
