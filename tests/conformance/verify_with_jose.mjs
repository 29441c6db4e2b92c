// Verifies an access token with Node's jose: verify_with_jose.mjs URL TOKEN AUDIENCE. Prints the claims.
import { createRemoteJWKSet, jwtVerify } from "jose";

const [url, token, audience] = process.argv.slice(2);
const metadata = await (await fetch(`${url}/.well-known/oauth-authorization-server`)).json();
const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
const options = { issuer: metadata.issuer, audience, typ: "at+jwt", requiredClaims: ["jti", "sub", "exp"] };

const { payload } = await jwtVerify(token, keys, options);

const mustFail = async (what, altered, changed) => {
  try {
    await jwtVerify(altered, keys, { ...options, ...changed });
  } catch {
    return;
  }
  throw new Error(`jose accepts ${what}`);
};
await mustFail("another audience", token, { audience: "another" });
await mustFail("another issuer", token, { issuer: "https://other.example" });
await mustFail("a changed token", `${token.slice(0, -4)}AAAA`, {});
console.log(JSON.stringify(payload));
