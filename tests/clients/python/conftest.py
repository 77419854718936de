"""The servers of the API's own tests."""

from tests.api.access.conftest import guarded
from tests.api.conftest import api, market, run_api

__all__ = ["api", "guarded", "market", "run_api"]
