"""Message brokers that a machine may lack: their tests are skipped there, but not in `.ci/run`."""

import os
from typing import NoReturn

import pytest


def missing_broker(name: str, advice: str) -> NoReturn:
    """Skip the test: a broker is not installed. With `BROKERS=required` in the environment the test fails instead."""
    reason = f"{name} is not installed: {advice}"
    if os.environ.get("BROKERS") == "required":
        pytest.fail(reason)
    pytest.skip(reason)
