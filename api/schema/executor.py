"""graphql-core's executor, for subscriptions of any length."""

from typing import Any

from graphql.execution.executor import Executor
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext


class SubscriptionExecutor(StrawberryGraphQLCoreExecutionContext):
    """An executor whose events leave nothing behind.

    graphql-core 3.3 executes each event of a subscription with a copy of one executor. All copies share a dictionary of
    collected fields, whose keys are new for each event: 1.4 KB an event would stay in memory until the subscription
    ends, and one garbage collection of them would stop the server for seconds.
    """

    def build_per_event_executor(self, payload: Any) -> Executor[Any]:
        """Return the executor of one event, with a dictionary of its own."""
        executor = super().build_per_event_executor(payload)
        executor._relevant_sub_fields = {}
        return executor
