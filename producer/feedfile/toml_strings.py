"""Strings in the notation of a feed file. No I/O."""


def quoted(text: str) -> str:
    """Return a text as a TOML string: literal if quotes or backslashes would need escapes, otherwise basic."""
    if "'" not in text and ('"' in text or "\\" in text) and text.isprintable():
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in escaped) + '"'
