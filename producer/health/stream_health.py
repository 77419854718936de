"""The health of the streams of a page: of each rule as a whole, and of each symbol. Pure judgement, no I/O."""

from tickql.feed.status import ProducerState
from tickql.producer.feedfile.stream_rules import StreamKind
from tickql.producer.health.symbol_health import Health
from tickql.producer.quotes.symbol_state import SymbolState
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
    # In the order in which a stream begins to work: the first thing that is missing is reported.
    rule = reader.rule
    name = f'{_NAMES[rule.kind]} "{rule.url}"'
    if reader.failure is not None:
        return Health(ProducerState.MISSING, f"{name}: {reader.failure}")
    if not reader.open_connections:
        missing = "has come" if rule.kind is StreamKind.JSON else "is open"
        return Health(ProducerState.MISSING, f"no {name} {missing}")
    if reader.last_record_us is None:
        if not reader.skip_reason:
            return Health(ProducerState.MISSING, f"{name}: no message yet")
        return Health(ProducerState.MISSING, f"{name}: no message with a price yet, the last one: {reader.skip_reason}")
    if reader.is_silent(now_us):
        return Health(ProducerState.STALE, f"{name}: silent for more than max_silence, {rule.max_silence_s:g} s")
    return None


def judge_stream_symbol(reader: StreamReader, state: SymbolState | None) -> Health:
    """Judge one symbol of a rule that works as a whole. `state`: `None` if no record of the symbol has come."""
    if state is None:
        return Health(ProducerState.MISSING, "no message has contained it yet")
    is_unknown: dict[str, bool] = {}
    for name, rule_field in reader.rule.fields.items():
        field, pick = state.fields[name], f'{name}: "{rule_field.pick.expression}"'
        if field.problem is not None:
            # A text that was no price for a moment is reported, but a price that is known again is only DEGRADED.
            is_unknown[f"{pick} {field.problem}"] = not field.known
        elif not field.known:
            is_unknown[f"{pick} has picked nothing yet"] = True
    if not is_unknown:
        return Health(ProducerState.LIVE)
    health = ProducerState.MISSING if any(is_unknown.values()) else ProducerState.DEGRADED
    return Health(health, "; ".join(is_unknown))
