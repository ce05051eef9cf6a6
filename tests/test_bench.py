"""The benchmarks run to their end and print their ratios. What they measure is nobody's business here."""

from __future__ import annotations

import re

from tests.processes import environment, running, stop

PATIENCE_SECONDS = 120


def test_the_bench_of_the_api_prints_a_ratio_and_the_statements_of_each_endpoint():
    printed = run("bench.api", "--seconds", "0.2", "--rounds", "1")
    for endpoint in ("GET policies", "GET policy", "POST incident"):
        assert re.search(rf"{endpoint} +ratio +[\d.]+% +by CPU time [\d.]+%", printed)
        assert re.search(rf"{endpoint} +statements: product \d+, floor 1\n", printed)


def test_the_bench_of_a_trigger_prints_its_cost_as_a_multiple_of_the_floor():
    printed = run("bench.trigger", "--seconds", "0.2", "--rounds", "1")
    assert re.search(r"POST incident +CPU +[\d.]+ times the floor's", printed)


def test_the_bench_of_the_engine_prints_a_ratio_of_rates_and_one_of_lateness():
    printed = run("bench.engine", "--escalations", "60", "--seconds", "1", "--rounds", "1")
    for processes in (1, 2):
        assert re.search(rf"escalations, {processes} process\(es\) +ratio +[\d.]+%", printed)
    for name in ("product", "floor", "product, page handed over"):
        assert re.search(rf"lateness at 30 a second +{name} +p50 +[\d.]+ ms +p99 +[\d.]+ ms", printed)
    assert re.search(r"lateness, median +ratio +[\d.]+ times", printed)
    assert re.search(r"lateness, CPU time of one +product +\d+ us, floor \d+ us", printed)


def test_the_bench_of_the_admin_prints_what_a_large_organization_costs_more():
    printed = run("bench.admin", "--share", "0.02", "--rounds", "1")
    for page in ("overview", "policies", "policy", "board", "incident", "people"):
        assert re.search(rf"{page} +large/small +[\d.]+ +\d+ ms +statements \d+, \d+ +rows read \d+, \d+", printed)


def test_the_bench_of_an_import_prints_what_it_costs_beside_its_limits():
    printed = run("bench.transfer", "--policies", "20", "--times", "2", "--rounds", "1", statuses={0, 1})
    for form in ("yaml", "json"):
        assert re.search(rf"plan and apply, {form} +[\d.]+ +limit 8", printed)
        assert re.search(rf"unchanged, {form} +[\d.]+ +limit 3", printed)
    assert re.search(r"memory, at its peak +[\d.]+ MB limit 200\n", printed)
    for step in ("yaml", "json", "plan", "apply", "all"):
        assert re.search(rf"growth by the row, {step} +-?[\d.]+ +limit 1.3", printed)


def test_the_bench_of_an_import_fails_where_a_limit_is_missed():
    printed = run("bench.transfer", "--policies", "20", "--times", "2", "--rounds", "1", "--memory", "1", statuses={1})
    assert re.search(r"memory, at its peak +[\d.]+ MB limit 1   MISSED", printed)


def run(module, *arguments, statuses=(0,)):
    with running("-m", module, *arguments, env=environment()) as process:
        try:
            printed, _ = process.communicate(timeout=PATIENCE_SECONDS)
        except BaseException:
            stop(process)  # in order, so that its PostgreSQL and its servers end with it
            raise
    assert process.returncode in statuses, printed
    return printed
