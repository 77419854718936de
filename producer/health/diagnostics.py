"""What is wrong with one field, in a sentence that names the field, its selector and the count. No I/O."""

from tickql.producer.capture.messages import FieldPlace
from tickql.producer.feedfile.price_fields import FieldName
from tickql.producer.feedfile.rules import LabelledRule, PageRule, TableRule
from tickql.producer.quotes.symbol_state import SymbolState


def diagnose_place(rule: PageRule, name: FieldName, place: FieldPlace) -> str | None:
    """What is wrong with the elements that a field is read from; `None`: exactly one element is found."""
    if place.matches == 1:
        return None
    selector = _selector(rule, name, place.candidate)
    if place.matches == -1:
        return f"{name}: {selector} matches an element that has no {rule.fields[name].read}"
    if rule.fields[name].header is not None:
        cells = f"{place.matches} cells" if place.matches else "no cell"
        return f"{name}: the row has {cells} below a {selector}, it should have one"
    if place.matches > 1:
        return f"{name}: {selector} matches {place.matches} elements, it should match one"
    return f"{name}: {_nothing_matches(rule, name, selector)}"


def _nothing_matches(rule: PageRule, name: FieldName, selector: str) -> str:
    if isinstance(rule, LabelledRule):
        labels = " or ".join(f'"{label}"' for label in rule.labels[name])
        return f'none of the boxes "{rule.box}" has the label {labels} and one {selector}'
    where = " in the row" if isinstance(rule, TableRule) else ""
    candidates = rule.fields[name].places or ()
    if len(candidates) > 1:
        listed = '", "'.join(candidates)
        return f'none of "{listed}" matches anything{where}'
    return f"{selector} matches nothing{where}"


def diagnose_text(rule: PageRule, name: FieldName, place: FieldPlace, state: SymbolState) -> str | None:
    """What is wrong with the text that a field shows; `None`: nothing."""
    problem = state.fields[name].problem
    return None if problem is None else f"{name}: {_selector(rule, name, place.candidate)} {problem}"


def _selector(rule: PageRule, name: FieldName, candidate: int) -> str:
    field = rule.fields[name]
    if field.header is not None:
        return f'header "{field.header}"'
    candidates = field.places
    if candidates is None:
        return "the row itself"
    # The index comes from the process of the page, which is not trusted.
    return f'"{candidates[min(max(candidate, 0), len(candidates) - 1)]}"'
