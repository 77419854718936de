"""How the tests of a run are dealt out to its workers."""

from xdist.scheduler import LoadScopeScheduling

_SHARING = {
    "tests/bench/test_fanout.py",
    "tests/feed/cluster/test_cluster.py",
    "tests/feed/cluster/test_sentinel.py",
    "tests/packaging/test_wheel.py",
    "tests/producer/discover/test_boards.py",
}
"""Files whose tests share something that takes seconds to make: one worker runs them all, and makes it once."""
_SHARING_FOLDERS = ("tests/relay/kafka/", "tests/relay/rabbitmq/")
"""Folders of such files: the tests of all of them share it."""


class FileScheduling(LoadScopeScheduling):  # type: ignore[misc] # a class without types
    """Gives each test to the next free worker, but those of one of these files, or folders, all to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = next((each for each in _SHARING_FOLDERS if file.startswith(each)), None)
        return folder or (file if file in _SHARING else nodeid)
