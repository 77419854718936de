"""What discovery observes of a page: its elements, its texts with digits, and the messages that it receives.

The collector (`*.js`) runs in the page; `outline` is its report, decoded; `vocabulary` knows the words of boards.
May import: `capture`, `feedfile`, `streams`.
"""

__all__ = ["collector", "outline", "received_messages", "vocabulary"]
