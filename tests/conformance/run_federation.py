"""Signs a connection in by the assertions of an issuer that serves its keys here: run_federation.py ROSTER GRPC_URL SCIM_URL ORG.

Keys and assertions are made by PyJWT and cryptography, the client is Authlib's; ROSTER is the program, which pins the issuer.
"""

import json
import subprocess
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

SUBJECT = "4c0d9f1e-object-of-the-provisioning-service"
AUDIENCE = "api://roster"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def check(what: str, holds: bool) -> None:
    print("ok" if holds else "FAILED", what)
    if not holds:
        sys.exit(1)


class Issuer:
    """Publishes keys over HTTP and signs with any."""

    def __init__(self) -> None:
        self.keys, self.asked = {"first": self.new_key()}, 0
        issuer = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                body = json.dumps({"keys": issuer.published()}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_port}"

    @staticmethod
    def new_key() -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def published(self) -> list:
        of = lambda kid, key: RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "use": "sig", "alg": "RS256"}
        return [of(kid, key) for kid, key in self.keys.items()]

    def assertion(self, key=None, kid="first", **claims) -> str:
        now = int(time.time())
        told = {"iss": self.url, "sub": SUBJECT, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 300}
        told |= {"jti": str(uuid.uuid4())} | claims
        return jwt.encode(told, key or self.keys[kid], algorithm="RS256", headers={"kid": kid})


def main(roster: str, grpc: str, scim: str, organization: str) -> None:
    def run(*command: str) -> str:
        arguments = [roster, *command, "--org", organization, "--endpoint", grpc]
        return subprocess.run(arguments, check=True, stdout=subprocess.PIPE, text=True).stdout

    issuer = Issuer()
    run("policy", "set", "connections.max=2")
    run("connection", "create", "--name", "federated", "--idp", "entra")
    pinned = ["--issuer", issuer.url, "--subject", SUBJECT, "--audience", AUDIENCE, "--jwks-uri", f"{issuer.url}/keys"]
    run("connection", "federate", "federated", *pinned)
    client_id = json.loads(run("connection", "get", "federated", "--output", "json"))["connection"]["clientId"]
    token_endpoint = requests.get(f"{scim}/.well-known/oauth-authorization-server", timeout=30).json()["token_endpoint"]

    def signed_in(assertion: str) -> str:
        client = OAuth2Session(client_id, token_endpoint_auth_method="none")
        with_assertion = {"client_assertion_type": JWT_BEARER, "client_assertion": assertion}
        return client.fetch_token(token_endpoint, grant_type="client_credentials", **with_assertion)["access_token"]

    def refused(assertion: str) -> bool:
        try:
            signed_in(assertion)
        except OAuthError as error:
            return error.error == "invalid_client"
        return False

    def users(token: str) -> requests.Response:
        return requests.get(f"{scim}/scim/v2/Users", headers={"Authorization": f"Bearer {token}"}, timeout=30)

    assertion = issuer.assertion()
    token = signed_in(assertion)
    check("an assertion signs the connection in, and no secret is stored", users(token).status_code == 200)
    check("it is good once", refused(assertion))
    check("another subject is refused", refused(issuer.assertion(sub="somebody-else")))
    check("another issuer is refused", refused(issuer.assertion(iss="https://login.example")))
    check("another audience is refused", refused(issuer.assertion(aud="api://other")))
    check("one that has ended is refused", refused(issuer.assertion(exp=int(time.time()) - 120)))
    check("a key of somebody else under a known name is refused", refused(issuer.assertion(key=Issuer.new_key())))
    for n in range(10):
        check("a key that the issuer never had is refused", refused(issuer.assertion(key=Issuer.new_key(), kid=f"made-up-{n}")))
    check("whatever is sent, the issuer was asked once", issuer.asked == 1)
    check("a new assertion of the known key signs in", users(signed_in(issuer.assertion())).status_code == 200)

    run("connection", "federate", "federated", "--off")
    end = time.monotonic() + 1
    while users(token).status_code != 401:
        check("without the pin, what it signed in is refused within a second", time.monotonic() < end)
    check("without the pin, nothing signs in", refused(issuer.assertion()))


if __name__ == "__main__":
    main(*sys.argv[1:])
