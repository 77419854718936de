"""A real cluster for tests: three primaries, each with a replica, that can be killed and resharded."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import redis

from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S
from tickql.feed.cluster.slots import SLOTS, SlotMap, claims, slot_of
from tickql.feed.embedded.ports import free_port
from tickql.feed.redis_address import Node

NODE_TIMEOUT_MS = 1_000
PRIMARIES = 3


class RedisCluster:
    """Six servers on loopback. `nodes`: all of them, the first three are the primaries at the start."""

    def __init__(self, folder: Path, *, keeps_data: bool = False, options: tuple[str, ...] = ()) -> None:
        self.nodes = [self._node(folder / str(number), keeps_data, options) for number in range(2 * PRIMARIES)]
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes[:PRIMARIES])
        self.url = f"redis://{hosts}/?cluster=1"

    def _node(self, folder: Path, keeps_data: bool, options: tuple[str, ...]) -> RedisServer:
        folder.mkdir(parents=True)
        # The port of the cluster's own bus would be one that systems give to outgoing connections.
        bus = free_port()
        cluster = (
            "--cluster-enabled", "yes", "--cluster-port", str(bus), "--cluster-node-timeout", str(NODE_TIMEOUT_MS),
            "--repl-diskless-sync-delay", "0", "--cluster-allow-replica-migration", "no",
        )  # fmt: skip
        server = RedisServer(folder, keeps_data=keeps_data, options=(*cluster, *options))
        server.bus_port = bus
        return server

    def start(self) -> None:
        for node in self.nodes:
            node.launch()
        for node in self.nodes:
            node.wait()
        first, *others = self.nodes
        for node in others:
            self.ask(first, "CLUSTER", "MEET", "127.0.0.1", node.port, node.bus_port)
        for number, node in enumerate(self.nodes[:PRIMARIES]):
            bounds = (number * SLOTS // PRIMARIES, (number + 1) * SLOTS // PRIMARIES - 1)
            self.ask(node, "CLUSTER", "ADDSLOTSRANGE", *bounds)
        for primary, replica in zip(self.nodes[:PRIMARIES], self.nodes[PRIMARIES:], strict=True):
            _until(partial(self._replicates, primary, replica))
        _until(self.is_whole)

    def _replicates(self, primary: RedisServer, replica: RedisServer) -> bool:
        try:
            self.ask(replica, "CLUSTER", "REPLICATE", self.id_of(primary))
        except redis.RedisError:
            return False
        return True

    def is_whole(self) -> bool:
        """Whether every node works, and every replica has its primary's data."""
        for node in self.nodes:
            try:
                state = self.ask(node, "CLUSTER", "INFO")
                replication = self.ask(node, "INFO", "replication")
            except redis.RedisError:
                return False
            linked = replication["role"] == "master" or replication["master_link_status"] == "up"
            if b"cluster_state:ok" not in state or not linked or len(self.slots(node).nodes) != PRIMARIES:
                return False
        # A node that came back is known as a replica by all: first and last slot, primary, replica.
        return all(len(part) == 4 for node in self.nodes for part in self._raw(node))

    def ask(self, node: RedisServer, *command: object) -> Any:
        with redis.Redis(port=node.port, protocol=2, socket_timeout=DEADLINE_S) as client:
            return client.execute_command(*command)

    def id_of(self, node: RedisServer) -> str:
        name: bytes = self.ask(node, "CLUSTER", "MYID")
        return name.decode()

    def _raw(self, node: RedisServer) -> Any:
        return self.ask(node, "CLUSTER", "SLOTS")

    def slots(self, node: RedisServer) -> SlotMap:
        return SlotMap.newest([claims(self._raw(node), None, Node("127.0.0.1", node.port))])

    def primary_of(self, key: str) -> RedisServer:
        """Return the node that serves a key now, as most nodes know it."""
        for node in self.nodes:
            try:
                owner = self.slots(node).node_of(key)
            except redis.RedisError:
                continue
            found = [each for each in self.nodes if owner is not None and each.port == owner.port]
            if found and not found[0].has_ended:
                return found[0]
        raise AssertionError(f"no node serves {key}")

    def is_replica(self, node: RedisServer, primary: RedisServer) -> bool:
        """Return whether a node has the data of a primary."""
        return bool(node is not primary and self.ask(node, "INFO", "replication").get("master_port") == primary.port)

    def other_primary(self, than: RedisServer) -> RedisServer:
        owners = {node.port for node in self.slots(than).nodes} - {than.port}
        return next(node for node in self.nodes if node.port in owners)

    def move_slot(self, key: str, *, at_once: bool) -> None:
        """Move the slot of a key to another primary: key by key, or in one step of the server."""
        slot, source = slot_of(key), self.primary_of(key)
        target = self.other_primary(source)
        if at_once:
            self.ask(source, "CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", self.id_of(target))
            _until(lambda: self.slots(source).node_of(key) == Node("127.0.0.1", target.port))
            return
        self.ask(target, "CLUSTER", "SETSLOT", slot, "IMPORTING", self.id_of(source))
        self.ask(source, "CLUSTER", "SETSLOT", slot, "MIGRATING", self.id_of(target))
        while names := self.ask(source, "CLUSTER", "GETKEYSINSLOT", slot, 1):
            self.ask(source, "MIGRATE", "127.0.0.1", target.port, names[0], 0, 10_000)
        for node in (target, source):
            self.ask(node, "CLUSTER", "SETSLOT", slot, "NODE", self.id_of(target))

    async def heal(self) -> None:
        """Start what was killed, and wait until the cluster is whole."""
        for node in self.nodes:
            node.thaw()
            if node.has_ended:
                await node.restart()
        await asyncio.to_thread(_until, self.is_whole)

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, "the cluster is not whole"
        time.sleep(0.02)
