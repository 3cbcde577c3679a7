import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sampleEvents } from "@alumiini/core/testing";
import { NatsServer } from "@alumiini-internal/test-support/nats-server";
import { needProgram } from "@alumiini-internal/test-support/programs";
import { recordFailures } from "@alumiini-internal/test-support/sinks";
import { until } from "@alumiini-internal/test-support/until";
import { credsAuthenticator as credsV3, nkeys, nkeyAuthenticator as nkeyV3 } from "@nats-io/transport-node";
import { credsAuthenticator as credsV2, nkeyAuthenticator as nkeyV2 } from "nats";
import { describe, expect, it, type TestContext } from "vitest";
import { ensureStream, natsSink } from "../src/index.js";
import { CLIENTS } from "./clients.js";
import { operatorMode } from "./operator.js";

describe.each(CLIENTS)("the options of $name", ({ name, connect: clientConnect }) => {
  const connect = (options: object) => clientConnect({ ...options });

  it("take a key pair", async (context) => {
    needProgram(context, "nats-server");
    const user = nkeys.createUser();
    const server = await NatsServer.start(`authorization: { users: [{ nkey: ${user.getPublicKey()} }] }`);
    context.onTestFinished(() => server.stop());
    const nkeyAuthenticator = name === "nats 2" ? nkeyV2 : nkeyV3;
    const authenticator = nkeyAuthenticator(user.getSeed());
    const sink = natsSink({ servers: server.url, connect, connectOptions: { authenticator } });
    await sink.ready();
    await sink.close();
  });

  it("take the credentials of a user whom a JSON web token lets in", async (context) => {
    needProgram(context, "nats-server");
    const { configuration, credentials } = operatorMode();
    const server = await NatsServer.start(configuration);
    context.onTestFinished(() => server.stop());
    const authenticator = name === "nats 2" ? credsV2(credentials) : credsV3(credentials);
    const admin = await connect({ servers: server.url, authenticator });
    context.onTestFinished(() => admin.close());
    await ensureStream(admin, { name: "EVENTS", replicas: 1 });
    const sink = natsSink({ servers: server.url, connect, connectOptions: { authenticator }, stream: "EVENTS" });
    for (const event of sampleEvents()) sink.handle(event);
    await sink.flush();
    expect(sink.stats()).toMatchObject({ delivered: sampleEvents().length, pending: 0 });
    await sink.close();

    const { messages, onFailure } = recordFailures();
    const stranger = natsSink({
      servers: server.url,
      connect,
      connectOptions: { authenticator: (name === "nats 2" ? credsV2 : credsV3)(operatorMode().credentials) },
      onFailure,
    });
    await until(() => messages.length > 0);
    expect(messages[0]).toContain("the server refuses the credentials");
    expect(messages[0]).not.toMatch(/eyJ|SU[A-Z2-7]{10}/);
    await stranger.close();
  });

  it("take the authority that signed the server's certificate", async (context) => {
    needProgram(context, "nats-server");
    needProgram(context, "openssl", "version");
    const { caFile, configuration } = await certificate(context);
    const server = await NatsServer.start(configuration);
    context.onTestFinished(() => server.stop());
    const servers = server.url.replace("nats:", "tls:");
    const trusting = natsSink({ servers, connect, connectOptions: { tls: { caFile } } });
    await trusting.ready();
    await trusting.close();

    const { messages, onFailure } = recordFailures();
    const wary = natsSink({ servers, connect, onFailure });
    await until(() => messages.length > 0);
    expect(messages[0]).toMatch(/no connection to NATS at tls:\/\/127.0.0.1:\d+: .*self.signed/);
    await wary.close();
  });
});

/** A certificate for this machine that signs itself; the clients ask for the name, not the address. */
async function certificate(context: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), "nats-tls-"));
  context.onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const [keyFile, caFile] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-days", "2"];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-keyout",
      keyFile,
      "-out",
      caFile,
      ...subject,
    ],
    { stdio: "ignore" },
  );
  return { caFile, configuration: `tls: { cert_file: "${caFile}", key_file: "${keyFile}" }` };
}
