"""Benchmarks beside peers: fan-out, queries, memory and capture, in one run on one machine. Linux only.

`python -m bench --help` says what there is to run, and `make bench` runs all of it and writes `bench/RESULTS.md`.
"""
