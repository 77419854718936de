"""Texts from outside as logs, terminals and messages may show them: one line, without control characters. No I/O."""


def printable(text: str) -> str:
    """Return a text with spaces for white space, and with the escape of Python for each other control character."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else " " if each.isspace() else _escaped(each) for each in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
