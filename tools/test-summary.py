#!/usr/bin/env python3
"""Counts tests over the reports of a run of tools/test.sh.

    test-summary.py CHECKS.txt BUILD_FOLDER...

CHECKS.txt has lines "passed NAME" and "failed NAME". A build folder has ctest.xml; the ctest tests `gtest.X` and `lit`
are counted case by case from test-reports/X.xml and test-reports/lit.xml, any other ctest test is one. A binary that
fails without a failed case in its report (a crash, a time-out) is one failed test. A build folder without ctest.xml
is one failed test. Prints what failed, then "N passed, N failed".
"""

import os
import sys
import xml.etree.ElementTree as ElementTree


def cases(report):
    """(name, outcome) of the cases of a GoogleTest or lit report."""
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if "DISABLED_" in name:
            continue  # GoogleTest's mark of a case that another case runs
        if case.find("failure") is not None or case.find("error") is not None:
            yield name, "failed"
        elif case.find("skipped") is not None or case.get("status") == "notrun":
            yield name, "skipped"
        else:
            yield name, "passed"


def outcomes(folder):
    report = os.path.join(folder, "ctest.xml")
    if not os.path.exists(report):
        yield f"{folder}: ctest did not run", "failed"
        return
    for test in ElementTree.parse(report).iter("testcase"):
        name = test.get("name")
        outcome = {"run": "passed", "fail": "failed"}.get(test.get("status"), "skipped")
        skipped = test.find("skipped")
        if skipped is not None and "SKIP" not in skipped.get("message", ""):
            outcome = "failed"  # the binary is missing
        inner = os.path.join(folder, "test-reports", name.removeprefix("gtest.") + ".xml")
        if (name.startswith("gtest.") or name == "lit") and os.path.exists(inner):
            found = list(cases(inner))
            yield from ((f"{name}: {case}", result) for case, result in found)
            if outcome == "failed" and not any(result == "failed" for _, result in found):
                yield name, "failed"
        else:
            yield f"{folder}: {name}", outcome


def main():
    results = []
    for line in open(sys.argv[1], encoding="utf-8"):
        outcome, name = line.rstrip("\n").split(" ", 1)
        results.append((name, outcome))
    for folder in sys.argv[2:]:
        results.extend(outcomes(folder))
    count = {kind: sum(outcome == kind for _, outcome in results) for kind in ("passed", "failed", "skipped")}
    for name, outcome in results:
        if outcome != "passed":
            print(f"{outcome}: {name}")
    if count["skipped"]:
        print(f"{count['skipped']} skipped")
    print(f"{count['passed']} passed, {count['failed']} failed")
    return 1 if count["failed"] or not count["passed"] else 0


sys.exit(main())
