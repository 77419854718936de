"""What a reader of `RESULTS.md` must know before believing its tables."""

from statistics import median

from bench import tables
from bench.results import Outcome, Results, Turn

_ALONE = 0.1
"""Cores that other programs may use before the figures are called disturbed."""


def missing(results: Results) -> list[str]:
    """The steps that have not been measured, and why, as paragraphs; none: all have been."""
    lines = [f"- {lack(turn)}" for turn in results.open]
    told = f"**Not complete**: of {len(results.turns)} steps these have not been measured."
    return [told, "\n".join(lines)] if lines else []


def lack(turn: Turn) -> str:
    """Why a step has not been measured, in one line."""
    words = {Outcome.ABSENT: "Left out", Outcome.FAILED: "Failed", Outcome.MISSING: "Not measured"}
    number = f", round {turn.round}" if turn.round > 1 else ""
    return f"{words[turn.outcome]}: {turn.unit}{number}: {turn.step}: {turn.why.rstrip('.')}."


def remarks(results: Results) -> list[str]:
    """How it was measured this time, one sentence each."""
    absent = [lack(turn) for turn in results.turns if turn.outcome is Outcome.ABSENT and turn.round == 1]
    return [_rounds(results), *_company(results), _load(results), *absent, *results.notes]


def _rounds(results: Results) -> str:
    rounds = []
    for section in dict.fromkeys(row.section for row in results.rows):
        counts = [len(results.of(*place.key)) for place in tables.places(results, section)]
        few, many = min(counts), max(counts)
        rounds.append(f"{section} {few}" if few == many else f"{section} {few} to {many}")
    runs = f" in {results.runs} runs, one going on with what the other had not measured" if results.runs > 1 else ""
    return f"{results.wall_s:.0f} s in all{runs}. Rounds: {', '.join(rounds) or 'none'}."


def _company(results: Results) -> list[str]:
    others = [cores for row in results.rows if (cores := row.figures.get("others_cpu")) is not None]
    if not others:
        return []
    verdict = "so it was alone" if median(others) <= _ALONE else "**so take these figures as ratios at best**"
    return [f"Other programs used {median(others):.2f} cores in the median and {max(others):.2f} at most, {verdict}."]


def _load(results: Results) -> str:
    held_back = [
        f"{place.section} of {place.server} ({place.case})"
        for section in dict.fromkeys(row.section for row in results.rows)
        for place in tables.places(results, section)
        if (place("load_is_bottleneck") or 0) > 0
    ]
    if not held_back:
        return "The load generator was not the bottleneck: below 85 % of a core, and not late by itself."
    return f"The load generator may have been the bottleneck in {'; '.join(held_back)}."
