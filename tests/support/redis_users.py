"""A real server with exactly the users of `deploy/redis/users.acl`."""

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.support.redis_server import RedisServer
from tickql.feed.settings import FeedSettings

RULES = Path(__file__).parents[2] / "deploy/redis/users.acl"
_PASSWORD = "p/#%@:? {}"
"""Every character that has to be percent-encoded in an address."""


class UsersServer(RedisServer):
    """Its `url` is that of the admin."""

    def __init__(self, folder: Path) -> None:
        rules = RULES.read_text()
        for user in ("admin", "producer", "api", "relay", "consumer"):
            digest = hashlib.sha256(_password(user).encode()).hexdigest()
            rules = rules.replace(f"{user.upper()}_SHA256", digest)
        self._rules = [line.split() for line in rules.splitlines()]
        file = folder / "users.acl"
        file.write_text(rules)
        super().__init__(folder, keeps_data=False, options=("--aclfile", str(file)), login=_login("admin"))

    async def restore(self, admin: Any) -> None:
        """Give the users of the parts the rules of the file again. Redis 7.0 ends connections at ACL LOAD."""
        for _, user, *rules in self._rules:
            if user in ("producer", "api", "relay", "consumer"):
                await admin.execute_command("ACL", "SETUSER", user, "reset", *rules)

    def url_of(self, user: str) -> str:
        return f"redis://{_login(user)}127.0.0.1:{self.port}/0"

    def feed(self, user: str) -> FeedSettings:
        """The feed as this user is given it."""
        return FeedSettings(redis_url=self.url_of(user))


def _password(user: str) -> str:
    return _PASSWORD.format(user)


def _login(user: str) -> str:
    return f"{user}:{quote(_password(user), safe='')}@"
