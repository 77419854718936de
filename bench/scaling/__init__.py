"""What larger installations need, computed from what one core was measured to carry.

`python -m bench.scaling` prints it; `--write` puts it into `docs/scaling.md`.
"""
