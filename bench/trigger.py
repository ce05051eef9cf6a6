"""What it costs to open an incident: ``python -m bench.trigger``.

``POST /v1/incidents`` with a layer of two people, in CPU time of web server and PostgreSQL, as a multiple of what a bare
WSGI application spends on writing the same rows in one transaction (``bench.api``, and it alone).
"""

from __future__ import annotations

import argparse
from statistics import median

from bench.api import FLOOR, PRODUCT, make_endpoints, measure, serving
from bench.harness import own_database


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.trigger")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each round takes")
    parser.add_argument("--rounds", type=int, default=3, help="of product and floor each, by turns")
    options = parser.parse_args()
    with own_database():
        trigger = next(endpoint for endpoint in make_endpoints() if endpoint.method == "POST")
        with serving(PRODUCT) as product, serving(FLOOR) as floor:
            ours, theirs = measure(trigger, product, floor, options.seconds, options.rounds)
    times = median(one.cpu_seconds / other.cpu_seconds for one, other in zip(ours, theirs, strict=True))
    print(f"  {trigger.title:<28} CPU      {times:>8.1f} times the floor's", flush=True)


if __name__ == "__main__":
    main()
