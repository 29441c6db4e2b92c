"""Runs scim2-tester against a server: run_scim2_tester.py BASE_URL TOKEN."""

import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

FAILED = {Status.ERROR, Status.CRITICAL}


def main(base_url: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    client = SyncSCIMClient(Client(base_url=base_url, headers=headers, timeout=60))
    results = check_server(client)
    failed = [result for result in results if result.status in FAILED]
    skipped = [result for result in results if result.status is Status.SKIPPED]
    for result in results:
        if result.status in FAILED or result.status is Status.DEVIATION:
            print(f"{result.status.name} {result.resource_type or '-'} {result.title}: {result.reason}")
    passed = len(results) - len(failed) - len(skipped)
    print(f"scim2-tester: {passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
