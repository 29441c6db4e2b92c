// Asks every unary call of the API over gRPC and over Connect, in JSON and in binary, with Connect's own client, and compares the
// answers: compare_connect_with_grpc.mjs STUBS GRPC_URL API_URL TOKEN
import { deepStrictEqual } from "node:assert";
import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const [stubs, grpcUrl, apiUrl, token] = process.argv.slice(2);
const { create, toJson } = await load("@bufbuild/protobuf");
const { Code, ConnectError, createClient } = await load("@connectrpc/connect");
const { createConnectTransport, createGrpcTransport } = await load("@connectrpc/connect-node");

// The packages lie beside the stubs, not beside this file.
function load(name) {
  return import(createRequire(join(stubs, "x.js")).resolve(name));
}

const bearer = (next) => (request) => {
  request.header.set("authorization", `Bearer ${token}`);
  return next(request);
};
const interceptors = [bearer];
const grpc = createGrpcTransport({ baseUrl: grpcUrl, interceptors });
const others = [grpcUrl, apiUrl].flatMap((baseUrl) =>
  [false, true].flatMap((useBinaryFormat) =>
    ["1.1", "2"].map((httpVersion) => createConnectTransport({ baseUrl, httpVersion, useBinaryFormat, interceptors })),
  ),
);

/** The answer, or the refusal with all of its details. */
async function outcome(transport, service, method, request) {
  try {
    return toJson(method.output, await createClient(service, transport)[method.localName](request));
  } catch (error) {
    const { code, rawMessage, details } = ConnectError.from(error);
    const bytes = details.map(({ type, value }) => [type, Buffer.from(value).toString("base64")]);
    return { code: Code[code], message: rawMessage, details: bytes.map(String).sort() };
  }
}

/** A request that changes nothing. */
function request(method) {
  return create(method.input, method.input.field.validateOnly && { validateOnly: true });
}

/** An access token is another one each time. */
function comparable(method, outcome) {
  return method.name === "ExchangeToken" && outcome.accessToken ? Object.keys(outcome) : outcome;
}

let answered = 0;
let refused = 0;
for (const file of (await readdir(stubs)).filter((name) => name.endsWith("_service_pb.js"))) {
  for (const service of Object.values(await import(join(stubs, file))).filter((it) => it.kind === "service")) {
    for (const method of service.methods.filter((it) => it.methodKind === "unary")) {
      const expected = await outcome(grpc, service, method, request(method));
      "code" in expected && "details" in expected ? refused++ : answered++;
      for (const transport of others) {
        const found = await outcome(transport, service, method, request(method));
        deepStrictEqual(comparable(method, found), comparable(method, expected), `${service.typeName}/${method.name}`);
      }
    }
  }
}
console.log(`${answered} answered, ${refused} refused alike`);
