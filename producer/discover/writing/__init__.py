"""From findings to a feed file: proofs by the producer's own observer and stream readers, and the text of the file.

May import: `discover.inference`, `discover.selectors`, `capture`, `feedfile`, `quotes`, `streams`, `clock`, `errors`.
"""

__all__ = ["feed_file_text", "proof", "stream_proof"]
