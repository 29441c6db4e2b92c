"""Drives OAuth with Authlib and verifies access tokens with PyJWT: run_oauth.py URL CLIENT_ID SECRET."""

import sys

import jwt
from authlib.integrations.requests_client import OAuth2Session

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


def check(what: str, holds: bool) -> None:
    print("ok" if holds else "FAILED", what)
    if not holds:
        sys.exit(1)


def verified(metadata: dict, token: str, audience: str) -> dict:
    key = jwt.PyJWKClient(metadata["jwks_uri"]).get_signing_key_from_jwt(token)
    algorithms = ["EdDSA", "ES256", "RS256"]
    required = ["exp", "iat", "nbf", "iss", "aud", "sub", "jti"]
    return jwt.decode(
        token,
        key,
        algorithms=algorithms,
        audience=audience,
        issuer=metadata["issuer"],
        leeway=5,
        options={"require": required},
    )


def refused(metadata: dict, token: str, audience: str) -> bool:
    try:
        verified(metadata, token, audience)
    except jwt.PyJWTError:
        return True
    return False


def main(url: str, client_id: str, secret: str) -> None:
    import requests

    metadata = requests.get(f"{url}/.well-known/oauth-authorization-server", timeout=30).json()
    issuer = metadata["issuer"]
    for method in metadata["token_endpoint_auth_methods_supported"][:2]:
        client = OAuth2Session(client_id, secret, token_endpoint_auth_method=method)
        token = client.fetch_token(metadata["token_endpoint"], grant_type="client_credentials", audience="billing")
        claims = verified(metadata, token["access_token"], "billing")
        check(f"client credentials by {method}", claims["aud"] == ["billing"] and token["expires_in"] == 300)
        check("PyJWT refuses another audience", refused(metadata, token["access_token"], "mail"))
        check("PyJWT refuses a changed token", refused(metadata, token["access_token"][:-4] + "AAAA", "billing"))

        told = client.introspect_token(metadata["introspection_endpoint"], token["access_token"], "access_token").json()
        check("introspection says what the token says", told["active"] and told["jti"] == claims["jti"])
        check("introspection names the subject", told["sub"] == claims["sub"] and told["iss"] == issuer)

        answer = client.revoke_token(metadata["revocation_endpoint"], token["access_token"], "access_token")
        check("revocation answers 200", answer.status_code == 200)
        told = client.introspect_token(metadata["introspection_endpoint"], token["access_token"]).json()
        check("a revoked token is not active", told == {"active": False})

    client = OAuth2Session(client_id, secret)
    own = client.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    check("without an audience the token is for the issuer", verified(metadata, own["access_token"], issuer) is not None)
    exchanged = client.fetch_token(
        metadata["token_endpoint"],
        grant_type=TOKEN_EXCHANGE,
        subject_token=own["access_token"],
        subject_token_type=ACCESS_TOKEN,
        audience="mail",
    )
    check("token exchange", verified(metadata, exchanged["access_token"], "mail")["sub"] == claims["sub"])
    answer = requests.get(f"{url}/scim/v2/Schemas", headers={"Authorization": f"Bearer {own['access_token']}"}, timeout=30)
    check("the token reads the schemas over SCIM", answer.status_code == 200)


if __name__ == "__main__":
    main(*sys.argv[1:])
