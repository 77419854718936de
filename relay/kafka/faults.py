"""What the errors of Kafka mean for a relay."""

from typing import NoReturn

from confluent_kafka import KafkaError, KafkaException

from tickql.relay.errors import RelayError, SinkFenced, SinkRefused, SinkUnavailable

_FENCED = {KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH}
_UNAUTHORIZED = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
}
_REFUSED = {
    *_UNAUTHORIZED,
    KafkaError.UNSUPPORTED_SASL_MECHANISM,
    KafkaError.INVALID_TRANSACTION_TIMEOUT,
    KafkaError.INVALID_REPLICATION_FACTOR,
    KafkaError.INVALID_PARTITIONS,
    KafkaError.POLICY_VIOLATION,
    KafkaError._INVALID_ARG,
}
_LOGIN_FAILED = ("authentication failed", "unsupported sasl mechanism")
"""What the broker says. A connection that breaks during the login has the same code, and is no answer."""
_CERTIFICATE = ("certificate", "no such file", "pem")


def is_unauthorized(error: KafkaError) -> bool:
    """Whether the broker forbids this user what was asked."""
    return error.code() in _UNAUTHORIZED


def translate(error: KafkaError, address: str) -> RelayError:
    """Return what an error means for the relay."""
    text = _text(error)
    if error.code() in _FENCED:
        return SinkFenced(f"another relay of this name has taken over at {address}")
    if (refusal := refused(error, address)) is not None:
        return refusal
    if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
        return SinkRefused(f"{address} takes no messages of this size ({text}): raise max.message.bytes of its topics")
    if error.code() == KafkaError.KAFKA_STORAGE_ERROR:
        return SinkUnavailable(f"{address} cannot store anything: its disk is full or broken ({text})")
    return SinkUnavailable(f"{address} does not answer ({text})")


def refused(error: KafkaError, address: str) -> SinkRefused | None:
    """Return what only a person can change; `None`: the error says no such thing."""
    text, code = _text(error), error.code()
    if code == KafkaError.SASL_AUTHENTICATION_FAILED or (
        code == KafkaError._AUTHENTICATION and _has(text, _LOGIN_FAILED)
    ):
        return SinkRefused(f"{address} refuses the login ({text}): check user, password and sasl.mechanism")
    if code == KafkaError._SSL and _has(text, _CERTIFICATE):
        return SinkRefused(f"{address}: no TLS connection ({text}): check the ssl options of the address")
    if code in _REFUSED:
        return SinkRefused(f"{address} refuses what the relay needs: {text}")
    return None


def raise_translated(exception: KafkaException, address: str) -> NoReturn:
    """Raise what an exception of the library means for the relay."""
    raise translate(exception.args[0], address) from exception


def _has(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text.lower() for word in words)


def _text(error: KafkaError) -> str:
    # The library ends some texts with the time that the connection has lasted: `(after 3ms in state CONNECT)`.
    return " ".join(error.str().split()).partition(" (after ")[0]
