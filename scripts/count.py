#!/usr/bin/env python3
"""Reads the result files of xunit (XML) and vitest (JSON). Prints failures and skips; totals go to descriptor 3."""

import json
import os
import sys
import xml.etree.ElementTree as ElementTree

passed = failed = skipped = 0


def xunit(path):
    global passed, failed, skipped
    for assembly in ElementTree.parse(path).getroot().iter("assembly"):
        passed += int(assembly.get("passed", 0))
        failed += int(assembly.get("failed", 0)) + int(assembly.get("errors", 0))
        skipped += int(assembly.get("skipped", 0))
        for error in assembly.iter("error"):
            print(f"  FAILED {error.get('type')} {error.get('name') or ''}\n{indent(text(error.find('failure')))}")
        for test in assembly.iter("test"):
            if test.get("result") == "Fail":
                print(f"  FAILED {test.get('name')}\n{indent(text(test.find('failure')))}\n{indent(test.findtext('output') or '')}")
            elif test.get("result") == "Skip":
                print(f"  skipped {test.get('name')}: {test.findtext('reason')}")


def vitest(path):
    global passed, failed, skipped
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    passed += report["numPassedTests"]
    failed += report["numFailedTests"]
    skipped += report["numPendingTests"] + report.get("numTodoTests", 0)
    for suite in report["testResults"]:
        broken = suite["status"] == "failed" and not any(t["status"] == "failed" for t in suite["assertionResults"])
        if broken:
            failed += 1
            print(f"  FAILED {suite['name']}\n{indent(suite.get('message') or '')}")
        for test in suite["assertionResults"]:
            if test["status"] == "failed":
                print(f"  FAILED {test['fullName']}\n{indent(chr(10).join(test['failureMessages']))}")
            elif test["status"] in ("pending", "skipped", "todo"):
                print(f"  skipped {test['fullName']}: {test['status']}")


def text(failure):
    if failure is None:
        return ""
    return (failure.findtext("message") or "") + "\n" + (failure.findtext("stack-trace") or "")


def indent(block, limit=60):
    lines = [line for line in block.splitlines() if line.strip()]
    return "\n".join("      " + line for line in lines[:limit])


for name in sys.argv[1:]:
    vitest(name) if name.endswith(".json") else xunit(name)
os.write(3, f"{passed} {failed} {skipped}\n".encode())
