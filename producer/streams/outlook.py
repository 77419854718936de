"""How well the streams of a page are heard: per rule, and per symbol of a rule. Pure judgement."""

from feed.status import ProducerState
from producer.quoter import SymbolState
from producer.streams.reader import StreamReader
from producer.streams.rule import StreamKind
from producer.verdicts import Verdict

_NAMES = {
    StreamKind.WEBSOCKET: "WebSocket",
    StreamKind.SSE: "event stream",
    StreamKind.NDJSON: "NDJSON stream",
    StreamKind.JSON: "response",
}


def judge_stream(reader: StreamReader, now_us: int) -> Verdict | None:
    """What is wrong with a rule as a whole; `None`: nothing."""
    rule = reader.rule
    name = f'{_NAMES[rule.kind]} "{rule.url}"'
    if reader.failure is not None:
        return Verdict(ProducerState.MISSING, f"{name}: {reader.failure}")
    if not reader.open:
        has = "has come" if rule.kind is StreamKind.JSON else "is open"
        return Verdict(ProducerState.MISSING, f"no {name} {has}")
    if reader.recorded_us is None:
        if not reader.passed_over:
            return Verdict(ProducerState.MISSING, f"{name}: no message yet")
        return Verdict(
            ProducerState.MISSING, f"{name}: no message with a price yet, the last one: {reader.passed_over}"
        )
    if reader.is_silent(now_us):
        return Verdict(ProducerState.STALE, f"{name}: silent for more than max_silence, {rule.max_silence_s:g} s")
    return None


def judge_stream_symbol(reader: StreamReader, state: SymbolState | None) -> Verdict:
    """One symbol of a rule that is heard. `None`: no record of it has come."""
    if state is None:
        return Verdict(ProducerState.MISSING, "no message has told of it yet")
    wrong: dict[str, bool] = {}
    for name, given in reader.rule.fields.items():
        field, pick = state.fields[name], f'{name}: "{given.pick.expression}"'
        if field.complaint is not None:
            wrong[f"{pick} {field.complaint}"] = not field.known
        elif not field.known:
            wrong[f"{pick} has picked nothing yet"] = True
    if not wrong:
        return Verdict(ProducerState.LIVE)
    return Verdict(ProducerState.MISSING if any(wrong.values()) else ProducerState.DEGRADED, "; ".join(wrong))
