"""The servers of the API's own tests."""

from tests.api.conftest import api, market, run_api

__all__ = ["api", "market", "run_api"]
