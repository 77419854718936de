"""All scripts together, in two state machines with all that can happen.

Who opened a symbol with a newer fence shuts out the others; a cursor names one tick; a reader has every tick or a gap.
"""

from functools import partial
from typing import Any

import pytest
import redis
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.feed_machine import FeedMachine
from tests.support.leased_machine import LeasedMachine
from tests.support.redis_server import RedisServer


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("machine", "max_examples"), [(LeasedMachine, 45), (FeedMachine, 90)])
def test_the_promises_hold_whatever_happens(
    machine: type[FeedMachine], max_examples: int, shared_redis: RedisServer
) -> None:
    with redis.Redis(port=shared_redis.port, protocol=2) as client:
        factory: Any = partial(machine, client)
        run_state_machine_as_test(
            factory,
            settings=settings(deadline=None, derandomize=True, max_examples=max_examples, stateful_step_count=25),
        )
