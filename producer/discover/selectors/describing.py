"""What there is to know an element by: ids, attributes and classes that last, the best first. No I/O."""

import re
from collections.abc import Iterator

from tickql.producer.discover.page.outline import Node
from tickql.producer.discover.page.vocabulary import meaning_of
from tickql.producer.discover.selectors.selector import Compound, Rank

_TEST_IDS = ("data-testid", "data-test-id", "data-test", "data-cy", "data-qa")
_STATE = re.compile(
    r"(?i)^(.*[-_])?(up|down|odd|even|green|red|flash\w*|blink\w*|active|selected|hover\w*|focus\w*|positive|negative|"
    r"pos|neg|rise|fall|gain|loss|changed|changing|updated|updating|first|highlight\w*|animat\w*|enter|leave|stale|new)([-_].*)?$"
)
_MADE_UP = re.compile(r"^(css|sc|jss|emotion|svelte|jsx|astro|_|_ng\w+|data-v)-?[A-Za-z0-9]*[A-Z\d]|^sc-[A-Za-z]{4,}$")
_MODULE = re.compile(r"^(?P<named>[A-Za-z].*?(?:__|--|_|-))(?=[A-Za-z0-9+/_-]*[\dA-Z])[A-Za-z0-9+/-]{5,8}$")
_GENERATED_ID = re.compile(
    r":|\d{3,}|[0-9a-f]{8}|^(?:ember|radix|react|mui|headlessui|ext-gen|cell|row)-?\d+", re.IGNORECASE
)
_NOT_KEPT = re.compile(
    r"^(class|style|id|href|src|tabindex|value|width|height|data-v-.*|_ng.*|data-react.*|aria-label|title|"
    r"aria-(live|atomic|hidden|selected|sort|busy|expanded|rowindex)|colspan|rowspan|type|comp-id|unselectable)$"
)


def compounds(node: Node) -> Iterator[tuple[Rank, Compound]]:
    """Descriptions of one element, the best first: those that stayed while the page was watched."""
    attributes = {name: value for name, value in node.attributes.items() if name not in node.volatile}
    for name in _TEST_IDS:
        if name in attributes:
            yield Rank.TEST_ID, Compound(attribute=name, value=attributes[name])
    if attributes.get("id") and not _GENERATED_ID.search(attributes["id"]):
        yield Rank.ID, Compound(attribute="id", value=attributes["id"])
    if attributes.get("aria-label") and not any(map(str.isdigit, attributes["aria-label"])):
        yield Rank.NAME, Compound(attribute="aria-label", value=attributes["aria-label"])
    for name, value in attributes.items():
        kept = value and not _NOT_KEPT.match(name) and name not in (*_TEST_IDS, "role")
        if kept and (name.startswith("data-") or not _GENERATED_ID.search(value)):
            yield Rank.ATTRIBUTE, Compound(attribute=name, value=value)
    yield from sorted(filter(None, map(_class, node.classes)), key=lambda each: each[0])


def _class(token: str) -> tuple[Rank, Compound] | None:
    module = _MODULE.match(token)
    if module is not None and not _MADE_UP.match(token) and meaning_of(module["named"]) is not None:
        return Rank.WORD_CLASS, Compound(start=module["named"])
    if is_hashed(token):
        return Rank.HASHED, Compound(token=token)
    return None if _STATE.match(token) else (Rank.WORD_CLASS, Compound(token=token))


def is_hashed(token: str) -> bool:
    """Whether a class looks as if a program had named it."""
    if _MADE_UP.match(token):
        return True
    if meaning_of(token) is not None:
        return False
    pieces = [piece for piece in re.split(r"[-_]+", token) if len(piece) >= 5]
    mixed = any(re.search(r"\d", each) and not re.fullmatch(r"[A-Za-z]+\d{1,2}", each) for each in pieces)
    return mixed or any(4 * len(re.findall(r"[a-z][A-Z]", each)) >= len(each) for each in pieces)


def is_state(token: str) -> bool:
    """Whether a class says how something is just now (up, selected, even), not what it is."""
    return bool(_STATE.match(token))
