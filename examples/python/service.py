"""Serves a report to people with an access token for `reports` and a permission in Roster.

README.md says how to run it.
"""

import http.server
import math
import os
import pathlib
import random
import sys
import threading
import time

import grpc
import jwt
from google.protobuf.duration_pb2 import Duration
from roster.identity.v1 import access_pb2, access_service_pb2, access_service_pb2_grpc, change_pb2
from roster.identity.v1 import change_service_pb2, change_service_pb2_grpc
from roster.identity.v1 import organization_service_pb2, organization_service_pb2_grpc

AUDIENCE = "reports"
REMEMBERED = 100_000  # answers at most
TRUST = 6.0  # seconds for which remembered answers hold after the stream was heard
WAITS = (0.05, 5.0)  # seconds before the stream is opened again, at first and at most


class Checks:
    """Access checks, remembered until a change may have made them wrong."""

    def __init__(self, roster: "Roster") -> None:
        self.roster = roster
        self.lock = threading.Lock()
        self.answers: dict[tuple[str, str], tuple[bool, float]] = {}
        self.applied = 0  # the revision up to which changes have been applied
        self.trusted_until = -math.inf

    def check(self, user: str, permission: str) -> bool:
        now = time.monotonic()
        with self.lock:
            allowed, until = self.answers.get((user, permission), (False, -math.inf))
            if now < min(until, self.trusted_until):
                return allowed
        answer = self.roster.check(user, permission)
        until = now + answer.valid_for.ToTimedelta().total_seconds() if answer.HasField("valid_for") else math.inf
        with self.lock:
            if answer.revision >= self.applied:  # else a change has overtaken it
                if len(self.answers) >= REMEMBERED:
                    self.answers.clear()
                self.answers[user, permission] = (answer.allowed, until)
        return answer.allowed

    def apply(self, response: change_service_pb2.WatchResponse) -> None:
        with self.lock:
            for change in response.changes:
                if change.entity_type in (change_pb2.ENTITY_TYPE_TOKEN, change_pb2.ENTITY_TYPE_SCHEMA):
                    continue  # they decide nothing here
                of_one = change.entity_type == change_pb2.ENTITY_TYPE_USER
                for question in [it for it in self.answers if not of_one or it[0] == change.entity_id]:
                    del self.answers[question]
            self.applied = max(self.applied, response.revision)
            if response.revision >= response.current_revision:
                self.trusted_until = time.monotonic() + TRUST

    def distrust(self) -> None:
        """Asks Roster each time until the stream is back."""
        self.trusted_until = -math.inf

    def forget(self) -> None:
        with self.lock:
            self.answers.clear()
            self.applied = 0


class Roster:
    """The calls of this service."""

    def __init__(self, endpoint: str, token: str) -> None:
        target = endpoint.partition("://")[2]
        options = [("grpc.keepalive_time_ms", 20_000), ("grpc.max_reconnect_backoff_ms", 5_000)]
        if endpoint.startswith("https:"):
            channel = grpc.secure_channel(target, grpc.ssl_channel_credentials(), options)
        else:
            channel = grpc.insecure_channel(target, options)
        self.access = access_service_pb2_grpc.AccessServiceStub(channel)
        self.changes = change_service_pb2_grpc.ChangeServiceStub(channel)
        self.organizations = organization_service_pb2_grpc.OrganizationServiceStub(channel)
        self.metadata = [("authorization", f"Bearer {token}")]

    def check(self, user: str, permission: str) -> access_service_pb2.CheckAccessResponse:
        check = access_pb2.AccessCheck(user_id=user, permission=permission)
        request = access_service_pb2.CheckAccessRequest(check=check)
        return self.access.CheckAccess(request, metadata=self.metadata, timeout=5)

    def watch(self, start: dict):
        request = change_service_pb2.WatchRequest(heartbeat_interval=Duration(seconds=2), **start)
        return self.changes.Watch(request, metadata=self.metadata)

    def revision(self) -> int:
        request = organization_service_pb2.GetOrganizationRequest()
        return self.organizations.GetOrganization(request, metadata=self.metadata, timeout=5).organization.revision


def follow(roster: Roster, checks: Checks, state: pathlib.Path) -> None:
    """Follows the changes, from where the last run of this service ended, for as long as it runs."""
    start = {"resume_token": state.read_text()} if state.exists() else {}
    wait = WAITS[0]
    while True:
        try:
            for response in roster.watch(start):
                wait = WAITS[0]
                checks.apply(response)
                for change in response.changes:
                    handle(change)
                start = {"resume_token": response.resume_token}
                keep(state, response.resume_token)
        except grpc.RpcError as error:
            checks.distrust()
            print("the stream ended:", error.code().name, file=sys.stderr, flush=True)
            if error.code() is grpc.StatusCode.OUT_OF_RANGE:  # RESYNC_REQUIRED: the log does not go on from there
                start = resync(roster, checks) or start
        time.sleep(wait * random.uniform(0.5, 1))
        wait = min(wait * 2, WAITS[1])


def handle(change: change_pb2.Change) -> None:
    """Does what the service has to do at a change, for example ends the sessions of a user who is deactivated."""
    kind = change_pb2.EntityType.Name(change.entity_type).removeprefix("ENTITY_TYPE_").lower()
    print(f"change {change.revision}.{change.sequence} {kind} {change.entity_id}", flush=True)


def resync(roster: Roster, checks: Checks) -> dict | None:
    """Begins anew at the present revision. A service with a copy of users reads it here, all pages."""
    try:
        revision = roster.revision()
    except grpc.RpcError:
        return None
    checks.forget()
    print(f"resync {revision}", flush=True)
    return {"after_revision": revision}


def keep(state: pathlib.Path, token: str) -> None:
    """Keeps the token, also if the machine stops in between. With a database: in the transaction of `handle`."""
    new = state.with_suffix(".new")
    new.write_text(token)
    new.replace(state)


class Verifier:
    """Verification of access tokens, without a call."""

    def __init__(self, issuer: str, jwks: str) -> None:
        self.issuer, self.keys = issuer, jwt.PyJWKClient(jwks)

    def user(self, token: str) -> str:
        key = self.keys.get_signing_key_from_jwt(token)
        required = {"require": ["exp", "nbf", "iss", "aud", "sub"]}
        whole = jwt.decode_complete(
            token, key, [key.algorithm_name], audience=AUDIENCE, issuer=self.issuer, leeway=5, options=required
        )
        if whole["header"].get("typ") != "at+jwt" or whole["payload"].get("kind") != "user":
            raise jwt.InvalidTokenError("no access token of a person")
        return whole["payload"]["sub"]


def serve(listen: str, verifier: Verifier, checks: Checks, permission: str) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, text = self.outcome()
            self.send_response(status)
            self.end_headers()
            self.wfile.write(f"{text}\n".encode())

        def outcome(self) -> tuple[int, str]:
            try:
                user = verifier.user(self.headers.get("authorization", "").removeprefix("Bearer "))
                allowed = checks.check(user, permission)
            except (jwt.PyJWKClientConnectionError, grpc.RpcError):
                return 503, "try again"
            except jwt.PyJWTError:
                return 401, "an access token is missing"
            return (200, f"the report for {user}") if allowed else (403, f"{permission} is missing")

        def log_message(self, *_) -> None:
            pass

    host, _, port = listen.rpartition(":")
    with http.server.ThreadingHTTPServer((host, int(port)), Handler) as server:
        print(f"listening {server.server_port}", flush=True)
        server.serve_forever()


def main() -> None:
    settings = os.environ
    roster = Roster(settings["ROSTER_ENDPOINT"], settings["ROSTER_TOKEN"])
    checks = Checks(roster)
    state = pathlib.Path(settings.get("STATE", "watch.token"))
    threading.Thread(target=follow, args=(roster, checks, state), daemon=True).start()
    verifier = Verifier(settings["ROSTER_ISSUER"], settings["ROSTER_JWKS"])
    serve(settings.get("LISTEN", "127.0.0.1:8090"), verifier, checks, settings.get("PERMISSION", "organization.view"))


if __name__ == "__main__":
    main()
