"""A real RabbitMQ server for tests, on loopback, which may be killed, frozen, filled and restarted."""

import asyncio
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.support.certificates import Signed
from tests.support.guarded_process import GuardedProcess
from tests.support.waiting import DEADLINE_S
from tickql.feed.embedded.ports import free_port

_HOMES = "/usr/lib/rabbitmq/lib"
"""Where Debian's package has RabbitMQ, by version. Its own service is not used."""
_NODE = "tickql@localhost"
_START_S = 100.0
"""A busy machine takes a minute for what an idle one does in five seconds."""
USER, PASSWORD = "guest", "guest"
MAX_MESSAGE_BYTES = 1_000_000
"""Of an exchange. That of a stream is about 1 MiB, RabbitMQ's default."""


def find_rabbitmq() -> Path | None:
    """Return the program that starts a node in the foreground; `None`: RabbitMQ is not installed."""
    return max(Path(_HOMES).glob("rabbitmq_server-*/sbin/rabbitmq-server"), default=None)


class RabbitMqServer:
    """A node with a folder, ports, a name server (epmd) and a cookie of its own. Starting it takes some seconds.

    `plugins`: besides none. `tls`: a certificate for listeners with TLS, with the CA that signed it.
    """

    def __init__(
        self, folder: Path, plugins: Sequence[str] = ("rabbitmq_stream",), tls: tuple[Path, Signed] | None = None
    ) -> None:
        self.folder = folder
        self.port, self.stream_port, self._epmd_port, self._node_port = (free_port() for _ in range(4))
        self.tls_port, self.stream_tls_port = free_port(), free_port()
        self._cookie = secrets.token_hex(16)
        self._tls = tls
        self.authority = tls[0] if tls is not None else None
        """The CA of the certificate of listeners with TLS."""
        self._plugins = plugins
        (folder / "rabbitmq.conf").write_text("\n".join(self._configuration()))
        (folder / "plugins").write_text(f"[{','.join(plugins)}].")
        program = find_rabbitmq()
        assert program is not None, "RabbitMQ is not installed"
        self._epmd = GuardedProcess(
            ["epmd", "-port", str(self._epmd_port), "-address", "127.0.0.1"], folder / "epmd.log"
        )
        self._process = GuardedProcess(
            [str(program), "-noinput", "-setcookie", self._cookie], folder / "server.log", self._environment()
        )

    @property
    def url(self) -> str:
        return f"amqp://{USER}:{PASSWORD}@127.0.0.1:{self.port}/"

    @property
    def stream_url(self) -> str:
        return f"rabbitmq-stream://{USER}:{PASSWORD}@127.0.0.1:{self.stream_port}/"

    def start(self) -> None:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        if self._epmd.has_ended:
            self._epmd.start()
            self._wait_for(self._epmd_port)
        self._process.start()
        # Listeners open last.
        self._wait_for(self.port)
        if "rabbitmq_stream" in self._plugins:
            self._wait_for(self.stream_port)

    @property
    def has_ended(self) -> bool:
        """Whether the node does not run."""
        return self._process.has_ended

    def kill(self) -> None:
        """End the node with SIGKILL."""
        self._process.kill()

    async def restart(self) -> None:
        await asyncio.to_thread(self.start)

    def freeze(self) -> None:
        self._process.send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.thaw()

    def add_user(self, name: str, password: str, *, configure: str, write: str = ".*", read: str = ".*") -> None:
        """Add a user with rights on names that match these patterns."""
        patterns = ", ".join(f'<<"{pattern}">>' for pattern in (configure, write, read))
        self.evaluate(
            f'rabbit_auth_backend_internal:add_user(<<"{name}">>, <<"{password}">>, <<"test">>), '
            f'rabbit_auth_backend_internal:set_permissions(<<"{name}">>, <<"/">>, {patterns}, <<"test">>)'
        )

    def set_disk_alarm(self, is_on: bool) -> None:
        """Have the node believe that the disk is full, or no longer: it takes no messages."""
        self.evaluate(f"rabbit_disk_monitor:set_disk_free_limit({10**18 if is_on else 10**6})")

    def evaluate(self, expression: str) -> str:
        """Evaluate Erlang in the node, and return the answer as it prints it: `{ok, ...}`."""
        answer = subprocess.run(
            ["erl_call", "-c", self._cookie, "-sname", _NODE, "-e"], input=f"{expression}.\n",
            env=self._environment(), capture_output=True, text=True, check=True, timeout=DEADLINE_S,
        ).stdout  # fmt: skip
        assert answer.startswith("{ok"), answer
        return answer

    def stop(self) -> None:
        for process in (self._process, self._epmd):
            if not process.has_ended:
                process.thaw()
                process.kill()

    def _wait_for(self, port: int) -> None:
        deadline = time.monotonic() + _START_S
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            assert time.monotonic() < deadline, self._process.output
            process = self._epmd if port == self._epmd_port else self._process
            assert not process.has_ended, process.output
            time.sleep(0.05)

    def _configuration(self) -> list[str]:
        lines = [
            f"listeners.tcp.1 = 127.0.0.1:{self.port}",
            f"max_message_size = {MAX_MESSAGE_BYTES}",
            "log.console = true",
            "log.console.level = warning",
        ]
        if "rabbitmq_stream" in self._plugins:
            lines += [
                f"stream.listeners.tcp.1 = 127.0.0.1:{self.stream_port}",
                "stream.advertised_host = 127.0.0.1",
                f"stream.advertised_port = {self.stream_port}",
            ]
        if self._tls is not None:
            ca, signed = self._tls
            lines += [
                f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}",
                f"stream.listeners.ssl.1 = 127.0.0.1:{self.stream_tls_port}",
                f"ssl_options.cacertfile = {ca}",
                f"ssl_options.certfile = {signed.certificate}",
                f"ssl_options.keyfile = {signed.key}",
            ]
        return lines

    def _environment(self) -> dict[str, str]:
        folder = str(self.folder)
        return {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            # Of the Erlang cookie, which the command line overrides, and of crash dumps.
            "HOME": folder,
            "ERL_CRASH_DUMP_BYTES": "0",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": _NODE,
            "RABBITMQ_DIST_PORT": str(self._node_port),
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_LOGS": "-",
            # The node itself instead of a shell around it: signals reach it.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1",
        }
