"""The framings of stream messages: one module for each kind of `framing` in a `[[stream]]` rule.

Here: functions from one message, text or unpacked bytes, to its documents and unread parts. Not here: the JSON texts
and the MessagePack inside (`json_texts`, `message_pack`), the choice by a rule (`message_decoder`). No module does I/O
or remembers anything from one message to the next.
"""

__all__ = ["detection", "engine_io", "json_protocols", "length_head", "signalr", "sockjs", "stomp"]
