"""How the tests of a run are dealt out to its workers."""

from xdist.scheduler import LoadScopeScheduling

_SHARING = {
    "tests/bench/test_fanout.py",
    "tests/packaging/test_wheel.py",
    "tests/producer/discover/test_boards.py",
}
"""Files whose tests share something that takes seconds to make: one worker runs them all, and makes it once."""


class FileScheduling(LoadScopeScheduling):  # type: ignore[misc] # a class without types
    """Gives each test to the next free worker, but the tests of one of these files all to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file in _SHARING else nodeid
