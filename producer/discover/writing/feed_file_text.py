"""The text of a feed file from findings: the rules, with comments about what was seen. No I/O."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from tickql.producer.discover.inference.documents import jmespath_of
from tickql.producer.discover.inference.findings import Findings, FoundField, FoundRule
from tickql.producer.discover.inference.readings import Reading, keys_text
from tickql.producer.discover.inference.records import FoundStream
from tickql.producer.discover.selectors.selector import Selector
from tickql.producer.feedfile.toml_strings import quoted
from tickql.producer.prices.seen_text import plain_words

# A comment lists this many symbols: enough to recognise the table.
_MAX_LISTED_SYMBOLS = 12
_NOTE_CHARACTERS = 400
# A pause that no animation makes between two frames, also on a slow machine; prices that people read stand longer.
_SETTLE = "settle = 0.3"


def feed_file(findings: Findings, page: Sequence[str] = ()) -> str:
    """Return the text of a feed file.

    A rule whose number format is not known is written as a comment. `page`: further lines for the `[page]` section.
    """
    lines = [
        f"# {_clean(findings.title) or urlsplit(findings.url).netloc}: found by `tickql discover`, which watched for "
        f"{findings.seconds:.0f} s.",
        *(f"# NOTE: {_clean(note, _NOTE_CHARACTERS)}" for note in findings.notes),
        "",
        "[page]",
        f"url = {quoted(findings.url)}",
        *page,
    ]
    # A rule without a format is written as a comment: the user can finish it, and the file is valid as it is.
    for rule in findings.rules:
        lines += ["", *_comments(rule, findings.seconds)]
        body = list(_rule(rule))
        lines += body if rule.has_format else [line if line.startswith("#") else f"# {line}" for line in body]
    for stream in findings.streams:
        lines += ["", *_stream(stream, findings.seconds)]
    return "\n".join(lines) + "\n"


def _stream(stream: FoundStream, seconds: float) -> Iterator[str]:
    origin = stream.origin
    yield (
        f"# {_listed(stream.names)}: {sum(stream.changes.values())} changes in {seconds:.0f} s. "
        "These are prices that the page receives."
    )
    yield "[[stream]]"
    for key in ("kind", "url", "framing", "prefix", "where", "each"):
        if value := getattr(origin, key):
            yield f"{'from' if key == 'kind' else key} = {quoted(value)}"
    names = ", ".join(f"{quoted(symbol)} = {quoted(symbol)}" for symbol in stream.names)
    pick = quoted(stream.symbol)
    yield f"symbol = {{ pick = {pick}, names = {{ {names} }} }}" if stream.is_limited else f"symbol = {pick}"
    yield from (f"{name} = {quoted(jmespath_of(path))}" for name, path in stream.picks.items())
    yield f"format = {quoted(stream.notation.format or '')}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_LISTED_SYMBOLS} more" if len(names) > _MAX_LISTED_SYMBOLS else ""
    return ", ".join(map(_clean, names[:_MAX_LISTED_SYMBOLS])) + more


def _comments(rule: FoundRule, seconds: float) -> Iterator[str]:
    changes = f"{rule.changes} changes in {seconds:.0f} s"
    yield f"# {_listed(rule.names)}: {changes}; symbol from {_clean(rule.symbol_source)}."
    for each in rule.fields:
        symbol, spot = max(each.spots.items(), key=lambda item: item[1].changes)
        sources = {"header": "the header", "label": "the label", "class": "the class", "attribute": "the attribute"}
        by = (
            f"{sources[each.evidence.source]} {_clean(each.evidence.text)!r}"
            if each.evidence.source in sources
            else each.evidence.text
        )
        sample = _clean(plain_words(spot.texts[-1])) if spot.texts else ""
        confidence = each.confidence(rule.notation)
        yield f"#   {each.name.upper()}: {symbol} showed {sample!r}; identified by {by}; confidence {confidence}"
        if each.is_animated:
            yield f"#   {each.name.upper()} counts to each new price frame by frame: settle waits until it stands still"
    for choice in rule.choices:
        yield f"# AMBIGUOUS: {_clean(choice.line, _NOTE_CHARACTERS)}. Choose one."
    if rule.open_fields:
        yield f"# Remove the # from the line of your choice{'' if rule.fields else ', and from the rest of the rule'}."
    if rule.notation.alternatives and rule.fields:
        yield "# Remove the # from the lines below and set the format; or run `tickql discover` again with --format."
    elif rule.notation.format is None:
        yield "# NO FORMAT: no known number format reads all texts of these prices."
    yield from (f"# NOTE: {_clean(note)}" for note in rule.notes)


def _rule(rule: FoundRule) -> Iterator[str]:
    yield f"[[{rule.kind}]]"
    if rule.kind == "symbol":
        yield f"name = {quoted(rule.names[0])}"
    elif rule.kind == "table":
        yield f"rows = {quoted(rows_text(rule))}"
        yield f"symbol = {_place(rule)}"
    else:
        yield from _boxes(rule)
    if rule.kind != "labelled":
        rule_format = rule.notation.format
        yield from (f"{each.name} = {_field(each, each.chosen, rule_format)}" for each in rule.fields)
        for each in rule.open_fields:
            for reading in each.choice.readings if each.choice is not None else ():
                yield f"# {each.name} = {_field(each, reading, rule_format)}  # gives {reading.gives}"
    if rule.notation.format is not None or rule.notation.alternatives:
        yield f"format = {quoted(rule.notation.format or rule.notation.alternatives[0])}"


def _boxes(rule: FoundRule) -> Iterator[str]:
    assert rule.rows is not None
    assert rule.label is not None
    assert rule.value is not None
    yield f"box = {quoted(rule.rows.text)}"
    yield f"label = {quoted(rule.label.text)}"
    read = rule.fields[0].read
    keys = [] if read == "text" else [f"read = {quoted(read)}"]
    keys += [_SETTLE] if any(each.is_animated for each in rule.fields) else []
    place = f"selector = {quoted(rule.value.text)}"
    yield f"value = {{ {', '.join([place, *keys])} }}" if keys else f"value = {quoted(rule.value.text)}"
    labels = ", ".join(f"{each.name} = {quoted(each.evidence.text)}" for each in rule.fields)
    yield f"labels = {{ {labels} }}"
    yield f"symbol = {quoted(rule.names[0])}"


def rows_text(rule: FoundRule) -> str:
    """Return the selector of a table's rows, with the symbols that the rule includes or excludes."""
    assert rule.rows is not None
    text, attribute = rule.rows.text, rule.attribute
    if rule.included:
        text = text.removesuffix(f"[{attribute}]")
        return ", ".join(f"{text}[{attribute}={quoted(name)}]" for name in rule.included)
    return text + "".join(f":not([{attribute}={quoted(name)}])" for name in rule.excluded)


def _place(rule: FoundRule) -> str:
    if rule.attribute is None:
        assert rule.symbol is not None
        place = f"selector = {quoted(rule.symbol.text)}"
        if rule.symbol_header is not None:
            place = f"header = {quoted(rule.symbol_header)}"
        if not rule.safe and rule.symbol_header is None:
            return quoted(rule.symbol.text)
    else:
        selector = "" if rule.symbol is None else f"selector = {quoted(rule.symbol.text)}, "
        place = f"{selector}attribute = {quoted(rule.attribute)}"
    names = ", ".join(f"{quoted(text)} = {quoted(symbol)}" for text, symbol in rule.safe.items())
    return f"{{ {place}, names = {{ {names} }} }}" if names else f"{{ {place} }}"


def _field(found: FoundField, reading: Reading | None, rule_format: str | None) -> str:
    texts = _selectors(found.selectors)
    place = f"selector = {texts}" if found.header is None else f"header = {quoted(found.header)}"
    keys = [] if found.read == "text" else [("read", found.read)]
    keys += [] if found.ignored is None else [("ignore", found.ignored)]
    keys += [] if reading is None else reading.settings(rule_format)
    if found.is_animated:
        return f"{{ {', '.join(filter(None, [place, keys_text(keys), _SETTLE]))} }}"
    if not keys:
        return texts if found.header is None else f"{{ {place} }}"
    return f"{{ {place}, {keys_text(keys)} }}"


def _selectors(selectors: Sequence[Selector]) -> str:
    texts = [quoted(each.text) for each in selectors]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _clean(text: str, characters: int = 120) -> str:
    """Return a text of the page for a comment: at most so many printable characters in one line.

    A page could otherwise break out of the comment and add lines of its own to the file.
    """
    return "".join(each if each.isprintable() else " " for each in text).strip()[:characters]
