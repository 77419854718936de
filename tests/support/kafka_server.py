"""A real Kafka broker for tests (KRaft, one node, on loopback), which may be killed, frozen and restarted.

`scripts/setup kafka` fetches it and calls `prepare`.
"""

import asyncio
import resource
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.support.brokers import missing_broker
from tests.support.certificates import CertificateAuthority, Signed
from tests.support.guarded_process import GuardedProcess
from tests.support.waiting import DEADLINE_S
from tickql.feed.embedded.ports import free_port

_ROOT = Path(__file__).parents[2]
_HOME = _ROOT / ".tickql" / "kafka"
_CONFIG = Path(__file__).parent / "kafka"
_CLUSTER = "dGlja3FsLXRlc3Qta2Fma2E"
_ARCHIVE = _HOME / "classes.jsa"
"""Java's classes as they lie in memory: a broker starts in half the time."""
USERS = {"admin": "horse", "limited": "staple"}
"""Users with a password. `limited` may do nothing that a test has not allowed."""


class KafkaServer:
    """A broker. It can be killed, frozen, and started again at the same address. `options`: further settings."""

    def __init__(self, folder: Path, options: Mapping[str, str] | None = None, java: Sequence[str] = ()) -> None:
        self.folder = folder
        self.port, self.login_port, self.tls_port = free_port(), free_port(), free_port()
        self.servers = f"127.0.0.1:{self.port}"
        """For clients without a login, who may do everything."""
        self.login_servers = f"127.0.0.1:{self.login_port}"
        """For clients with user and password, over SASL_PLAINTEXT."""
        self.tls_servers = f"127.0.0.1:{self.tls_port}"
        """For clients without a login, over TLS."""
        authority = CertificateAuthority(folder, "ca")
        self.ca = authority.path
        """The CA that has signed the broker's certificate."""
        self.url = f"kafka://{self.servers}"
        data = folder / "data"
        shutil.copytree(_HOME / "formatted", data)
        properties = folder / "server.properties"
        ports = {"PLAINTEXT": self.port, "LOGIN": self.login_port, "TLS": self.tls_port}
        tls = _tls_settings(authority.sign("broker"), folder / "keystore.pem")
        properties.write_text(_text(_settings(data, ports) | tls | dict(options or {})))
        self._process = GuardedProcess([*_java(*java), "kafka.Kafka", str(properties)], folder / "server.log")

    def start(self) -> None:
        self._process.start()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        admin = AdminClient(
            {
                "bootstrap.servers": self.servers,
                "reconnect.backoff.ms": 20,
                "reconnect.backoff.max.ms": 50,
                "log_level": 0,
            }
        )
        deadline = time.monotonic() + DEADLINE_S
        while True:
            try:
                admin.list_topics(timeout=0.2)
                return
            except KafkaException:
                assert time.monotonic() < deadline, self._process.output
                assert not self._process.has_ended, self._process.output

    async def restart(self) -> None:
        await asyncio.to_thread(self.start)

    def kill(self) -> None:
        """End the process with SIGKILL."""
        self._process.kill()

    def freeze(self) -> None:
        self._process.freeze()

    def fill(self) -> None:
        """Let no file of the server grow any more, as if its disk was full. It lasts until the server is restarted."""
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (1, 1))

    def thaw(self) -> None:
        self._process.thaw()

    def stop(self) -> None:
        """End the process, which may have ended by itself."""
        self.thaw()
        self.kill()

    def terminate(self) -> None:
        """End the process in good order."""
        self._process.terminate()


def missing() -> str | None:
    """Return how to get a broker on this machine; `None`: there is one."""
    if shutil.which("java") is None:
        return "it needs Java 17 (Debian: sudo apt-get install default-jre-headless maven)"
    if not (_HOME / "formatted").is_dir():
        return "scripts/setup kafka fetches it, with Java and Maven"
    return None


def start_kafka(folder: Path, options: Mapping[str, str] | None = None) -> KafkaServer:
    """Return a broker that runs. Without one on this machine the test is skipped, or fails where it is required."""
    if (advice := missing()) is not None:
        missing_broker("Kafka", advice)
    server = KafkaServer(folder, options)
    server.start()
    return server


def prepare() -> None:
    """Format an empty data folder, which brokers copy, and write the archive of Java's classes."""
    formatted, trial = _HOME / "formatted", _HOME / "trial"
    for folder in (formatted, trial):
        shutil.rmtree(folder, ignore_errors=True)
    _ARCHIVE.unlink(missing_ok=True)
    trial.mkdir(parents=True)
    properties = trial / "format.properties"
    properties.write_text(_text(_settings(trial / "data", {"PLAINTEXT": free_port(), "LOGIN": free_port()})))
    tool = [*_java(), "kafka.tools.StorageTool", "format", "--cluster-id", _CLUSTER, "--config", str(properties)]
    subprocess.run(tool, check=True)
    (trial / "data").rename(formatted)
    server = KafkaServer(trial, java=[f"-XX:ArchiveClassesAtExit={_ARCHIVE}"])
    server.start()
    server.terminate()
    shutil.rmtree(trial)


def _java(*options: str) -> list[str]:
    jars = ":".join(map(str, sorted((_HOME / "jars").glob("*.jar"))))
    # Small, and ready soon: the tests ask little of a broker.
    tuning = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
    archive = [f"-XX:SharedArchiveFile={_ARCHIVE}"] if _ARCHIVE.is_file() else []
    logs = [f"-Dlog4j2.configurationFile={_CONFIG / 'log4j2.yaml'}"]
    return ["java", *tuning, *archive, *options, *logs, "-cp", jars]


def _tls_settings(signed: Signed, keystore: Path) -> dict[str, str]:
    keystore.write_text(signed.key.read_text() + signed.certificate.read_text())
    return {"listener.name.tls.ssl.keystore.type": "PEM", "listener.name.tls.ssl.keystore.location": str(keystore)}


def _settings(data: Path, ports: Mapping[str, int]) -> dict[str, str]:
    """Return the settings of a broker. `ports`: by the name of the listener."""
    controller = free_port()
    listeners = {**ports, "CONTROLLER": controller}
    login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    users = " ".join(f'user_{name}="{password}"' for name, password in USERS.items())
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": ",".join(f"{name}://127.0.0.1:{port}" for name, port in listeners.items()),
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,LOGIN:SASL_PLAINTEXT,TLS:SSL,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.login.plain.sasl.jaas.config": f"{login} {users};",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS;User:admin",
        "log.dirs": str(data),
        "auto.create.topics.enable": "false",
        # One node.
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        # Little to create, to load and to keep in memory.
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.num.partitions": "1",
        "group.initial.rebalance.delay.ms": "0",
        # A broker that was killed is let in again only when its session has ended: 9 s by default.
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "log.cleaner.dedupe.buffer.size": "4194304",
    }


def _text(settings: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())


if __name__ == "__main__":
    prepare()
