"""Asks what a user may do, and asks again whenever something changed, until the answer is no.

Plain generated stubs, made by:

    pip install grpcio grpcio-tools
    python -m grpc_tools.protoc -I proto --python_out=stubs --grpc_python_out=stubs proto/roster/identity/v1/*.proto
    PYTHONPATH=stubs python client/examples/python/checks.py HOST:PORT TOKEN USER PERMISSION [PROJECT]

The token needs the scopes `access:read` and `changes:read`.
"""

import sys

import grpc
from roster.identity.v1 import access_pb2, access_service_pb2, access_service_pb2_grpc
from roster.identity.v1 import change_service_pb2, change_service_pb2_grpc


class Roster:
    def __init__(self, target: str, token: str) -> None:
        channel = grpc.insecure_channel(target)  # grpc.secure_channel outside of this machine
        self.access = access_service_pb2_grpc.AccessServiceStub(channel)
        self.changes = change_service_pb2_grpc.ChangeServiceStub(channel)
        self.metadata = [("authorization", f"Bearer {token}")]

    def check(self, user: str, permission: str, project: str, revision: int):
        """An answer from the state at that revision, or a later one."""
        request = access_service_pb2.CheckAccessRequest(
            check=access_pb2.AccessCheck(user_id=user, permission=permission, project_id=project),
            consistency=access_pb2.Consistency(at_least_as_fresh=revision),
        )
        return self.access.CheckAccess(request, metadata=self.metadata, timeout=5)

    def watch(self, resume_token: str = ""):
        """Changes from now on, or from where a token was kept. A stream ends with a status; go on from the last token then."""
        request = change_service_pb2.WatchRequest(resume_token=resume_token)
        return self.changes.Watch(request, metadata=self.metadata)


def main(target: str, token: str, user: str, permission: str, project: str = "") -> None:
    roster = Roster(target, token)
    for event in roster.watch():
        answer = roster.check(user, permission, project, event.revision)
        print("yes" if answer.allowed else "no", "as of revision", answer.revision, flush=True)
        if not answer.allowed:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
