"""What is wrong with a field, in a sentence that names the field, its selector and the count. No I/O."""

from tickql.producer.capture.messages import Place
from tickql.producer.feedfile.price_fields import FieldName
from tickql.producer.feedfile.rules import LabelledRule, PageRule, TableRule
from tickql.producer.quotes.quote_builder import SymbolState


def diagnose_place(rule: PageRule, name: FieldName, place: Place) -> str | None:
    """What is wrong with where a field is found; `None`: nothing."""
    if place.matches == 1:
        return None
    read = rule.fields[name].read
    chosen = _selector(rule, name, place.candidate)
    if place.matches == -1:
        return f"{name}: {chosen} matches an element that has no {read}"
    if place.matches > 1:
        return f"{name}: {chosen} matches {place.matches} elements, it should match one"
    if isinstance(rule, LabelledRule):
        labels = " or ".join(f'"{label}"' for label in rule.labels[name])
        return f'{name}: none of the boxes "{rule.box}" has the label {labels} and one {chosen}'
    where = " in the row" if isinstance(rule, TableRule) else ""
    candidates = rule.fields[name].selector or ()
    if len(candidates) > 1:
        listed = '", "'.join(candidates)
        return f'{name}: none of "{listed}" matches anything{where}'
    return f"{name}: {chosen} matches nothing{where}"


def diagnose_text(rule: PageRule, name: FieldName, place: Place, state: SymbolState) -> str | None:
    """What is wrong with what a field shows; `None`: nothing."""
    complaint = state.fields[name].complaint
    return None if complaint is None else f"{name}: {_selector(rule, name, place.candidate)} {complaint}"


def _selector(rule: PageRule, name: FieldName, candidate: int) -> str:
    candidates = rule.fields[name].selector
    if candidates is None:
        return "the row itself"
    return f'"{candidates[min(max(candidate, 0), len(candidates) - 1)]}"'
