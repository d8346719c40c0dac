"""Machine-made programs: the real gateways against the reference interpreter.

`python -m tests.live.fuzz --target envoy --minutes 20 --seed 1` runs for as long as one likes; a
short seeded run is among the tests.
"""
