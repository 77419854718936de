"""How well the streams of a page are heard: per rule, and per symbol of a rule. Pure judgement."""

from tickql.feed.status import ProducerState
from tickql.producer.feedfile.stream_rules import StreamKind
from tickql.producer.health.symbol_health import Health
from tickql.producer.quotes.quote_builder import SymbolState
from tickql.producer.streams.reader import StreamReader
from tickql.producer.streams.stream_set import StreamSet

_NAMES = {
    StreamKind.WEBSOCKET: "WebSocket",
    StreamKind.SSE: "event stream",
    StreamKind.NDJSON: "NDJSON stream",
    StreamKind.JSON: "response",
}


def judge_streams(streams: StreamSet, now_us: int) -> dict[int, Health]:
    """What is wrong with whole rules, by the rule's index in the feed file. A rule that works is left out."""
    found = {reader.index: _judge_stream(reader, now_us) for reader in streams.readers}
    return {index: health for index, health in found.items() if health is not None}


def _judge_stream(reader: StreamReader, now_us: int) -> Health | None:
    """What is wrong with a rule as a whole; `None`: nothing."""
    rule = reader.rule
    name = f'{_NAMES[rule.kind]} "{rule.url}"'
    if reader.failure is not None:
        return Health(ProducerState.MISSING, f"{name}: {reader.failure}")
    if not reader.open_connections:
        has = "has come" if rule.kind is StreamKind.JSON else "is open"
        return Health(ProducerState.MISSING, f"no {name} {has}")
    if reader.last_record_us is None:
        if not reader.skip_reason:
            return Health(ProducerState.MISSING, f"{name}: no message yet")
        return Health(ProducerState.MISSING, f"{name}: no message with a price yet, the last one: {reader.skip_reason}")
    if reader.is_silent(now_us):
        return Health(ProducerState.STALE, f"{name}: silent for more than max_silence, {rule.max_silence_s:g} s")
    return None


def judge_stream_symbol(reader: StreamReader, state: SymbolState | None) -> Health:
    """One symbol of a rule that is heard. `None`: no record of it has come."""
    if state is None:
        return Health(ProducerState.MISSING, "no message has told of it yet")
    wrong: dict[str, bool] = {}
    for name, given in reader.rule.fields.items():
        field, pick = state.fields[name], f'{name}: "{given.pick.expression}"'
        if field.complaint is not None:
            wrong[f"{pick} {field.complaint}"] = not field.known
        elif not field.known:
            wrong[f"{pick} has picked nothing yet"] = True
    if not wrong:
        return Health(ProducerState.LIVE)
    return Health(ProducerState.MISSING if any(wrong.values()) else ProducerState.DEGRADED, "; ".join(wrong))
