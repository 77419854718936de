"""Runs a soak: page, Redis and producer as processes of their own, faults on schedule, and a record of it all."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection
from itertools import cycle

import psutil
import redis

from bench.capture import feed_file
from bench.child import Child, free_port
from bench.process_tree import GONE, cpu_s, open_files, pss_kb
from bench.soak.market import RENAMED_S
from bench.soak.record import Fault, Record, Size
from bench.stage import Stage
from tickql.feed.codec import decode_tick
from tickql.feed.keys import Keys
from tickql.feed.status import ProducerReport, ProducerState

_HISTORY_TICKS = 20_000
_START_S = 40.0
_AWAY_S = 5.0
_POLL_S = 0.1
_READ_S = 0.25
_WEIGH_S = 5.0


class Soak:
    """One run. `every_s`: between two faults; in the middle between them a fresh page takes over. 0: neither."""

    def __init__(self, stage: Stage, symbols: int, rate_hz: float, every_s: float) -> None:
        self._stage = stage
        self._every_s = every_s
        self._port = free_port()
        market = [sys.executable, "-m", "bench.soak.market", str(self._port), str(symbols), str(rate_hz)]
        self._start_market: Callable[[], Child] = lambda: stage.child("market", market)
        self._market = self._start_market()
        feed = stage.folder / "soak.toml"
        feed.write_text(feed_file(f"http://127.0.0.1:{self._port}/"))
        produce = [sys.executable, "-m", "bench.soak.produce", str(feed), str(every_s * 0.45)]
        environment = {"TICKQL_REDIS_URL": stage.redis_url, "TICKQL_HISTORY_TICKS": str(_HISTORY_TICKS)}
        self._producer = stage.child("producer", produce, environment)
        self._redis = redis.Redis.from_url(stage.redis_url, protocol=2)
        self._keys = Keys("market_data")
        self._read_to: dict[str, str] = {}
        self.record = Record(_now_us(), rate_hz, symbols)

    def run(self, seconds: float, say: Callable[[str], None]) -> Record:
        """Run for `seconds` seconds."""
        with self._redis, redis.client.PubSub(self._redis.connection_pool, ignore_subscribe_messages=True) as said:
            said.subscribe(self._keys.status)
            self._market.__enter__()
            try:
                self._market.wait_for_port(self._port)
                with self._producer:
                    self._run(seconds, said, say)
                    self.record.recycled = self._log().count("has a fresh page")
            finally:
                self._market.__exit__(None, None, None)
        return self.record

    def _run(self, seconds: float, said: redis.client.PubSub, say: Callable[[str], None]) -> None:
        self._producer.wait_until(lambda: self._is_live(said), "did not become LIVE", _START_S)
        kills = (self._kill_renderers, self._kill_browser, self._kill_driver)
        faults = cycle((self._hang, *kills, self._rename, self._leave))
        begin = self.record.begin_us = _now_us()
        first_s = self._every_s / 2 or float("inf")
        end_s, fault_s, read_s, weigh_s = (time.monotonic() + after for after in (seconds, first_s, 0, 0))
        while (now_s := time.monotonic()) < end_s:
            self._listen(said)
            if now_s >= read_s:
                self._read()
                read_s = now_s + _READ_S
            if now_s >= weigh_s:
                self._weigh()
                weigh_s = now_s + _WEIGH_S
            if now_s >= fault_s and end_s - now_s > self._every_s / 2:
                fault_s = now_s + self._every_s
                fault = next(faults)()
                self.record.faults.append(fault)
                say(f"{(fault.at_us - begin) / 1e6:7.1f} s  {fault.name}")
            time.sleep(_POLL_S)
        self._read()
        self._listen(said)

    def _is_live(self, said: redis.client.PubSub) -> bool:
        self._listen(said)
        return bool(self.record.states) and self.record.states[-1][1] is ProducerState.LIVE

    def _listen(self, said: redis.client.PubSub) -> None:
        while (message := said.get_message()) is not None:
            self.record.report(ProducerReport.decode(message["data"]))

    def _read(self) -> None:
        """Take in what was published since the last time: from the streams, as who has been away does."""
        symbols = [symbol.decode() for symbol in self._redis.smembers(self._keys.symbols) if isinstance(symbol, bytes)]
        pipeline = self._redis.pipeline(transaction=False)
        for symbol in symbols:
            pipeline.xrange(self._keys.ticks(symbol), f"({self._read_to[symbol]}" if symbol in self._read_to else "-")
        for symbol, entries in zip(symbols, pipeline.execute(), strict=True):
            for place, fields in entries:
                self._read_to[symbol] = place.decode()
                tick = decode_tick(fields[b"tick"])
                if tick.bid is not None and tick.last is not None:
                    self.record.tick(symbol, int(tick.bid), tick.observed_us)

    def _weigh(self) -> None:
        with suppress(*GONE):
            python, *others = self._producer.processes
            self.record.sizes.append(
                Size(
                    _now_us(), _share_mb([python]), open_files([python]), _share_mb(others), open_files(others),
                    cpu_s(python.pid), python.pid,
                )
            )  # fmt: skip

    def _hang(self) -> Fault:
        return self._do("hang", "page in an endless loop")

    def _rename(self) -> Fault:
        return self._do("rename", "selectors match nothing", RENAMED_S)

    def _leave(self) -> Fault:
        at_us = _now_us()
        self._market.__exit__(None, None, None)
        self._market = self._start_market()
        time.sleep(_AWAY_S)
        self._market.__enter__()
        self._market.wait_for_port(self._port)
        return Fault("site away", at_us, _now_us())

    def _kill_renderers(self) -> Fault:
        return self._kill("renderers killed", lambda command: "--type=renderer" in command)

    def _kill_driver(self) -> Fault:
        return self._kill("driver killed", lambda command: "run-driver" in command)

    def _kill_browser(self) -> Fault:
        return self._kill(
            "browser killed", lambda command: "--remote-debugging-pipe" in command and "--type=" not in command
        )

    def _kill(self, name: str, matches: Callable[[str], bool]) -> Fault:
        at_us = _now_us()
        for process in self._producer.processes:
            if matches(_command(process)):
                with suppress(*GONE):
                    process.kill()
        return Fault(name, at_us, at_us)

    def _do(self, what: str, name: str, for_s: float = 0.0) -> Fault:
        at_us = _now_us()
        connection = HTTPConnection("127.0.0.1", self._port, timeout=5)
        connection.request("GET", f"/do/{what}")
        connection.getresponse().read()
        connection.close()
        return Fault(name, at_us, at_us + int(for_s * 1e6))

    def _log(self) -> str:
        return "".join(path.read_text(errors="replace") for path in self._stage.folder.glob("producer-*.log"))


def _now_us() -> int:
    return time.time_ns() // 1000


def _command(process: psutil.Process) -> str:
    with suppress(*GONE):
        return " ".join(process.cmdline())
    return ""


def _share_mb(processes: list[psutil.Process]) -> float:
    return pss_kb(processes) * 1024 / 1e6
