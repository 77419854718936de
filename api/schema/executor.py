"""graphql-core's executor, for subscriptions of any length and for values that resolvers have encoded."""

from collections.abc import Callable, Coroutine, Generator
from functools import partial
from inspect import isawaitable, iscoroutine
from typing import Any

from graphql import GraphQLError, GraphQLOutputType
from graphql.execution.executor import Executor
from graphql.pyutils import AwaitableOrValue
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from tickql.api.errors import ApiError
from tickql.api.schema.encoded_value import EncodedValue
from tickql.feed.errors import FeedError
from tickql.feed.time_slices import TimeSlices, pause


class _Unstarted:
    """A coroutine that nobody may ever await: an operation that ends before it begins. Python does not warn of it."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._coroutine = coroutine

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._coroutine.__await__()

    def __del__(self) -> None:
        self._coroutine.close()


class PriceExecutor(StrawberryGraphQLCoreExecutionContext):
    """An executor whose events leave nothing behind, and that takes an `EncodedValue` for a value of any type.

    graphql-core 3.3 executes each event of a subscription with a copy of one executor. All copies share a dictionary of
    collected fields, whose keys are new for each event: 1.4 KB an event would stay in memory until the subscription
    ends, and one garbage collection of them would stop the server for seconds.
    """

    def build_per_event_executor(self, payload: Any) -> Executor[Any]:
        """Return the executor of one event, with a dictionary of its own."""
        executor = super().build_per_event_executor(payload)
        executor._relevant_sub_fields = {}
        return executor

    def complete_awaitable_value(self, *arguments: Any) -> Any:
        """Complete the value of an asynchronous resolver.

        graphql-core runs the resolvers of several root fields as tasks. A client that leaves at that moment cancels
        tasks that have not begun, and their resolvers are then never awaited.
        """
        *before, result, position = arguments
        if iscoroutine(result):
            result = _Unstarted(result)
        return super().complete_awaitable_value(*[*before, result, position])

    def execute_fields(self, *arguments: Any) -> Any:
        """Execute the fields of an object. Several root fields are executed with pauses."""
        _, _, path, fields, _ = arguments
        if path is None and len(fields) > 1:
            return self._execute_in_slices(partial(super().execute_fields, *arguments))
        return super().execute_fields(*arguments)

    async def _execute_in_slices(self, execute: Callable[[], AwaitableOrValue[dict[str, Any]]]) -> dict[str, Any]:
        slices: TimeSlices = self.context_value.feed.slices
        result = await slices.run(execute)
        return await result if isawaitable(result) else result

    def execute_field(self, *arguments: Any) -> Any:
        """Execute a field."""
        pause()
        return super().execute_field(*arguments)

    def handle_field_error(self, raw_error: Exception, *arguments: Any) -> None:
        """Handle the failure of a resolver. The frames of failures that are expected are not kept.

        A frame refers to its error, and the error to its frame: what a refused operation has read would stay in memory
        until a collection of old garbage.
        """
        if isinstance(raw_error, ApiError | FeedError):
            raw_error.__traceback__ = None
        try:
            super().handle_field_error(raw_error, *arguments)
        except GraphQLError as error:
            raise error.with_traceback(None) from error.__cause__

    def complete_value(self, return_type: GraphQLOutputType, *arguments: Any, **named: Any) -> Any:
        """Complete a value. One that is encoded is complete."""
        result = named["result"] if "result" in named else arguments[3]
        if isinstance(result, EncodedValue):
            return result
        return super().complete_value(return_type, *arguments, **named)
