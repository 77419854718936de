# ruff: noqa: RUF001 - the very characters that pages show
"""Price text by the million: `make fuzz-prices`, with `ARGS="--strings N --seed S"`.

Three kinds of strings, a third each, from a seeded generator that makes as many as one likes in little time:

- written: a price in some format, with the decoration that pages put around it; it must be read back, digit by digit.
- near: such a text with some characters more, less or other, or a mix of a price's characters; it must be read exactly
  when `tests.producer.prices.plain_reader`, a second and plain reader, finds a number in it, and as that number.
- hostile: what attacks a parser; refused, or read as a valid price with the very digits that are shown.

None may take long, in CPU time.
"""

import argparse
import random
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable
from decimal import Decimal, localcontext

from tests.producer.prices import plain_reader
from tickql.feed.codec import check_price
from tickql.producer.errors import UnparsedPrice
from tickql.producer.prices.price_format import DEFAULT_FORMAT, PriceFormat

STRINGS = 1_000_000
SLOW_S = 0.05
"""The most CPU time of one string; usual are 10 µs."""
_PRINTED_FAULTS = 20

_FORMATS = {form: PriceFormat.from_text(form) for form in (*plain_reader.SIGNS, *plain_reader.FRACTIONS)}
_DECIMALS, _FRACTIONS = list(plain_reader.SIGNS), list(plain_reader.FRACTIONS)
_BEFORE = ["", "", "", " ", "▲", "▼ ", "\u200e", "\u202a", "$", "€ ", "US$", "\n\t ", "\u00a0", "+", "USD "]
_AFTER = ["", "", "", " ", " ▲", "▼", "\u200f", "\u202c", "$", "\u00a0€", " USD", "\n  ", "\u2009", "EUR"]
_ZEROS = "٠۰०０๐"
_MINUS = "-\u2212\u2013\u2010\uff0d"
_CHARACTERS = "0123456789.,' -+:"
_HOSTILE = [
    *"0123456789.,' -+:eExX_/%()", "\u0000", "\u0007", "\u001b[31m", "\u007f", "\u0085", "\u200e", "\u200f", "\u061c",
    "\u202e", "\u202d", "\u2067", "\u2069", "\u200b", "\ufeff", "\ud800", "\U0001d7d8", "\u0661", "\u0967", "\uff11",
    "²", "½", "Ⅷ", "①", "\u0300", "\u20e3", "\u066b", "\u066c", "，", "．", "‚", "·", "inf", "nan", "1e5", "0x1F", "--",
]  # fmt: skip


class Fuzz:
    """Tries strings and counts them; what went wrong is kept as sentences."""

    def __init__(self, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.slowest_s = 0.0
        self._random = random.Random(seed)
        self._kinds: list[Callable[[], None]] = [self._written, self._near, self._hostile]

    def run(self, strings: int) -> None:
        """Try so many strings more."""
        for number in range(strings):
            self._kinds[number % len(self._kinds)]()

    def _written(self) -> None:
        if self._random.random() < 0.5:
            form, price = self._random.choice(_DECIMALS), self._decimal()
            text = _FORMATS[form].render(price)
        else:
            form = self._random.choice(_FRACTIONS)
            price, text = self._fraction(form)
        shown = self._decorated(text)
        self.counts["written"] += 1
        read = self._read(form, shown)
        if read is None or Decimal(read) != Decimal(price) or (form in plain_reader.SIGNS and read != price):
            self.faults.append(f"{form}: {price} written as {shown!r} is read as {read}")

    def _near(self) -> None:
        form = self._random.choice([*_DECIMALS, *_FRACTIONS])
        if self._random.random() < 0.3:
            text = "".join(self._random.choices(_CHARACTERS, k=self._random.randint(1, 12)))
        else:
            other = (
                form if form in plain_reader.SIGNS and self._random.random() < 0.7 else self._random.choice(_DECIMALS)
            )
            text = self._spoiled(_FORMATS[other].render(self._decimal()))
        self.counts["near"] += 1
        read = self._read(form, text)
        expected = plain_reader.read(form, text)
        self.counts["near, and a price"] += expected is not None
        if (None if read is None else Decimal(read)) != expected:
            self.faults.append(f"{form}: {text!r} is read as {read}, and should be as {expected}")
        unformed = self._parsed(DEFAULT_FORMAT, text)
        if unformed is not None and unformed != self._read("1,234.56", text):
            self.faults.append(f"without a format {text!r} is read as {unformed}")

    def _hostile(self) -> None:
        form = self._random.choice([*_DECIMALS, *_FRACTIONS])
        text = "".join(self._random.choices(_HOSTILE, k=self._random.choice((2, 3, 5, 8, 40, 300))))
        if self._random.random() < 0.5:
            place = self._random.randint(0, len(text))
            text = text[:place] + _FORMATS[form].render("1234.5") + text[place:]
        self.counts["hostile"] += 1
        read = self._read(form, text)
        if read is not None:
            self.counts["hostile, and a price"] += 1
            check_price(read)
            shown = "".join(
                str(unicodedata.decimal(each)) for each in text if unicodedata.decimal(each, None) is not None
            )
            if form in plain_reader.SIGNS and shown.lstrip("0") != _digits(read).lstrip("0"):
                self.faults.append(f"{form}: {text!r} is read as {read}")

    def _read(self, form: str, text: str) -> str | None:
        return self._parsed(_FORMATS[form], text)

    def _parsed(self, price_format: PriceFormat, text: str) -> str | None:
        begin_s = time.thread_time()
        try:
            return price_format.parse(text)
        except UnparsedPrice:
            return None
        finally:
            took_s = time.thread_time() - begin_s
            self.slowest_s = max(self.slowest_s, took_s)
            if took_s > SLOW_S:
                self.faults.append(f"{price_format.name}: {text[:40]!r} took {took_s:.2f} s")

    def _decimal(self) -> str:
        digits = str(self._random.randrange(10 ** self._random.randint(1, 15)))
        places = self._random.choice((0, 1, 2, 2, 3, 4, 5, 8, 12))
        part = "".join(self._random.choices("0123456789", k=places))
        return self._random.choice(("", "", "-")) + digits + ("." + part if part else "")

    def _fraction(self, form: str) -> tuple[str, str]:
        denominator = plain_reader.FRACTIONS[form]
        finest = {"32": (0, 25, 50, 75), "32+": (0, 50), "32.5": (0, 50, 25, 75, 10)}.get(form, (0,))
        parts = Decimal(self._random.randrange(denominator)) + Decimal(self._random.choice(finest)) / 100
        with localcontext(prec=60):
            price = format(self._random.randrange(10 ** self._random.randint(1, 9)) + parts / denominator, "f")
        price = self._random.choice(("", "", "-")) + price
        return price, _FORMATS[form].render(price)

    def _decorated(self, text: str) -> str:
        before, after = self._random.choice(_BEFORE), self._random.choice(_AFTER)
        if text.startswith("-"):
            text = self._random.choice(_MINUS) + text[1:]
            before = before.replace("+", "")
        if any(mark in before for mark in "$€U") and any(mark in after for mark in "$€UE"):
            after = ""
        if self._random.random() < 0.2:
            zero = ord(self._random.choice(_ZEROS))
            text = text.translate({ord("0") + n: chr(zero + n) for n in range(10)})
        return before + text + after

    def _spoiled(self, text: str) -> str:
        for _ in range(self._random.choice((0, 1, 1, 2))):
            place, cut = self._random.randint(0, len(text)), self._random.choice((0, 1))
            text = text[:place] + self._random.choice(["", *_CHARACTERS]) + text[place + cut :]
        return text


def _digits(price: str) -> str:
    return price.replace(".", "").removeprefix("-")


def main() -> int:
    """Try strings, say how many and what came of them; the exit code is 1 if a value was wrong."""
    parser = argparse.ArgumentParser(description="Try price texts, by the million.")
    parser.add_argument("--strings", type=int, default=STRINGS, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the generator (default: %(default)s)")
    given = parser.parse_args()
    fuzz = Fuzz(given.seed)
    begin_s = time.perf_counter()
    fuzz.run(given.strings)
    took_s = time.perf_counter() - begin_s
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in fuzz.counts.items())
    lines = [
        *fuzz.faults[:_PRINTED_FAULTS],
        f"{given.strings:,} strings (seed {given.seed}) in {took_s:.0f} s: {kinds}",
        f"{len(fuzz.faults)} wrong, slowest {fuzz.slowest_s * 1000:.1f} ms",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if fuzz.faults else 0


if __name__ == "__main__":
    sys.exit(main())
