"""What producers write into Redis as JSON, besides ticks: for readers that may be older or newer than the producer."""

from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from tickql.feed.errors import InvalidMessage


class StoredValue(BaseModel):
    """A part of a message. Unknown keys are ignored: an old reader understands a newer producer."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class StoredMessage(StoredValue):
    """A whole message."""

    kind: ClassVar[str]
    """What it is, in words for an error, such as `a view`."""

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Parse a message.

        Raises:
            InvalidMessage: `data` is not of this kind.
        """
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise InvalidMessage(f"not {cls.kind}: {error.error_count()} faults") from error
