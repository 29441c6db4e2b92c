"""Drives scim2-cli, which validates every answer against the schemas of the server: run_scim2_cli.py BASE_URL TOKEN."""

import json
import sys

from click.testing import CliRunner
from scim2_cli import cli as program

SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:"
MESSAGE = "urn:ietf:params:scim:api:messages:2.0:"
MAIL = "cli.person@example.com"


class Cli:
    """The program, pointed at a server, and what has passed and failed so far."""

    def __init__(self, base_url: str, token: str):
        # In this process, as a Python of its own for every command would take longer than all the rest.
        headers = f"Authorization: Bearer {token}"
        self.runner = CliRunner(env={"SCIM_CLI_URL": base_url, "SCIM_CLI_HEADERS": headers})
        self.passed = self.failed = 0

    def run(self, *arguments: str, body: dict | None = None) -> tuple[int, dict, str]:
        """Runs one command; returns its exit code, the JSON that it wrote, and all that it wrote."""
        ended = self.runner.invoke(program, arguments, input=json.dumps(body) if body else "")
        try:
            answer = json.loads(ended.stdout)
        except ValueError:
            answer = {}
        return ended.exit_code, answer, f"{ended.output} {ended.exception or ''}"

    def check(self, title: str, holds: bool, shown: object) -> None:
        """Counts a check."""
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {title}: {str(shown)[-800:]}")

    def expect(self, title: str, *arguments: str, body: dict | None = None, holds=lambda answer: True) -> dict:
        """Runs a command that must succeed with an answer of which something holds."""
        code, answer, output = self.run(*arguments, body=body)
        self.check(title, code == 0 and bool(holds(answer)), output)
        return answer


def user(user_name: str, **more: object) -> dict:
    mail = {"value": user_name, "type": "work", "primary": True}
    return {"schemas": [SCHEMA + "User"], "userName": user_name, "emails": [mail], **more}


def patch(**operation: object) -> dict:
    return {"schemas": [MESSAGE + "PatchOp"], "Operations": [operation]}


def values(group: dict) -> list[str]:
    return [member["value"] for member in group.get("members") or []]


def users(cli: Cli) -> str:
    created = cli.expect("create a user", "create", "user", body=user(MAIL, active=True, name={"familyName": "P"}))
    known = created.get("id", "unknown")
    cli.expect("read a user", "query", "user", known, holds=lambda it: it["userName"] == MAIL)
    query = ["--filter", f'userName eq "{MAIL.upper()}"']
    cli.expect("find a user", "query", "user", *query, holds=lambda it: it["totalResults"] == 1)
    page = ["--count", "1", "--start-index", "1", "--sort-by", "userName", "--sort-order", "descending"]
    cli.expect("page and sort users", "query", "user", *page, holds=lambda it: it["startIndex"] == 1)
    some = ["--attribute", "userName"]
    cli.expect("read one attribute", "query", "user", known, *some, holds=lambda it: "name" not in it)
    cli.expect("search everywhere", "search", *query, holds=lambda it: it["totalResults"] == 1)
    whole = user(MAIL, id=known, displayName="Replaced", name={"familyName": "Q"})
    cli.expect("replace a user", "replace", "user", body=whole, holds=lambda it: it["displayName"] == "Replaced")
    change = patch(op="replace", path="displayName", value="Patched")
    cli.expect("patch a user", "modify", "user", known, body=change)
    cli.expect("read it back", "query", "user", known, holds=lambda it: it["displayName"] == "Patched")
    return known


def groups(cli: Cli, member: str) -> None:
    body = {"schemas": [SCHEMA + "Group"], "displayName": "cli", "members": [{"value": member, "type": "User"}]}
    known = cli.expect("create a group", "create", "group", body=body).get("id", "unknown")
    has_member = lambda it: values(it) == [member]
    cli.expect("read a group", "query", "group", known, holds=has_member)
    change = patch(op="remove", path=f'members[value eq "{member}"]')
    cli.expect("remove a member", "modify", "group", known, body=change)
    cli.expect("read it back", "query", "group", known, holds=lambda it: not values(it))
    cli.expect("delete a group", "delete", "group", known)


def bulk(cli: Cli) -> None:
    config = cli.expect("read the configuration", "query", "serviceproviderconfig")
    if not config.get("bulk", {}).get("supported"):
        return
    member = {"value": "bulkId:somebody", "type": "User"}
    team = {"schemas": [SCHEMA + "Group"], "displayName": "cli bulk", "members": [member]}
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "somebody", "data": user("bulk." + MAIL)},
        {"method": "POST", "path": "/Groups", "bulkId": "team", "data": team},
    ]
    body = {"schemas": [MESSAGE + "BulkRequest"], "failOnErrors": 1, "Operations": operations}
    created = lambda it: [str(one["status"]) for one in it["Operations"]] == ["201", "201"]
    answer = cli.expect("create in bulk", "bulk", body=body, holds=created)
    made = [one.get("location", "/unknown").rsplit("/", 1)[-1] for one in answer.get("Operations", [])]
    somebody, known = made if len(made) == 2 else ("unknown", "unknown")
    has_member = lambda it: values(it) == [somebody]
    cli.expect("read what points to the other", "query", "group", known, holds=has_member)
    cli.expect("delete the group of the bulk", "delete", "group", known)
    cli.expect("delete the user of the bulk", "delete", "user", somebody)


def main(base_url: str, token: str) -> int:
    cli = Cli(base_url, token)
    known = users(cli)
    groups(cli, known)
    bulk(cli)
    cli.expect("delete a user", "delete", "user", known)
    code, answer, output = cli.run("query", "user", known)
    cli.check("a deleted user is gone", code != 0 or answer.get("status") == "404", output)
    print(f"scim2-cli: {cli.passed} passed, {cli.failed} failed")
    return 1 if cli.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
