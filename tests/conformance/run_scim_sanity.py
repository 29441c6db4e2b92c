"""Runs scim-sanity, in its strict mode, against a server: run_scim_sanity.py BASE_URL TOKEN."""

import json
import subprocess
import sys
from pathlib import Path


def main(base_url: str, token: str) -> int:
    program = Path(sys.executable).with_name("scim-sanity")
    probe = [program, "probe", base_url, "--token", token, "--strict", "--json-output"]
    ended = subprocess.run(
        [*probe, "--i-accept-side-effects", "--user-domain", "example.com"], capture_output=True, text=True
    )
    start = ended.stdout.find("{")
    if start < 0:
        print(ended.stdout, ended.stderr)
        return 1
    report = json.loads(ended.stdout[start:])
    for result in report["results"]:
        if result["status"] != "pass":
            print(result["status"], result["phase"], result["name"], result.get("message", ""))
    summary = report["summary"]
    failed = summary["failed"] + summary.get("errors", 0)
    print(f"scim-sanity: {summary['passed']} passed, {failed} failed, {summary['skipped']} skipped")
    return 1 if failed or not summary["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
