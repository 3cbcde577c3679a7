import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadSettings } from "../src/config/load.ts";
import { ConfigError } from "../src/config/types.ts";
import { alumiini, directory } from "./support/alumiini.ts";

const { path: root, remove } = directory();
afterAll(remove);

/** What is wrong with a file, each line without the directory. */
function problems(
  yaml: string,
  env: Record<string, string> = {},
  options: Record<string, unknown> = {},
): readonly string[] {
  const config = join(root, "alumiini.yaml");
  writeFileSync(config, yaml);
  try {
    loadSettings({ options: { config, ...options }, env });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((line) => line.replace(`${root}/`, ""));
  }
}

const WRONG: readonly (readonly [
  yaml: string,
  line: string,
  env?: Record<string, string>,
  options?: Record<string, unknown>,
])[] = [
  ["listn: 127.0.0.1:1", "alumiini.yaml:1:1: listn is unknown; did you mean listen?"],
  ["listen: 8080", "alumiini.yaml:1:1: listen must be host:port, such as 127.0.0.1:8080"],
  ["listen: 127.0.0.1:99999", "alumiini.yaml:1:1: listen must be host:port, such as 127.0.0.1:8080"],
  [
    "listen: 0.0.0.0:8080",
    "alumiini.yaml:1:1: listen can be reached from elsewhere: set auth.token, by ALUMIINI_TOKEN_FILE or ALUMIINI_TOKEN",
  ],
  ["- a", "alumiini.yaml:1:1: must be a map of settings, such as `listen: 127.0.0.1:8080`"],
  ["cluster: ''", "alumiini.yaml:1:1: cluster must be a text that is not empty"],
  ["cluster: [a]", "alumiini.yaml:1:1: cluster must be a text that is not empty"],
  ["data: 7", "alumiini.yaml:1:1: data must be a text that is not empty"],
  ["publicUrl: ftp://x", "alumiini.yaml:1:1: publicUrl must be a URL of http or https, without credentials"],
  ["publicUrl: https://u:p@x", "alumiini.yaml:1:1: publicUrl must be a URL of http or https, without credentials"],
  [
    "auth:\n  token: hunter2hunter2hunter2",
    "alumiini.yaml:2:3: auth.token must be { env: NAME } or { file: path }; a secret never stands in the configuration",
  ],
  ["auth: {}", "alumiini.yaml:1:1: auth.token is missing"],
  [
    "auth:\n  token: { env: MISSING_TOKEN }",
    "alumiini.yaml:2:3: auth.token can't be read: the environment has no MISSING_TOKEN",
  ],
  [
    "auth:\n  token: { file: /nonexistent/token }",
    "alumiini.yaml:2:3: auth.token can't be read: /nonexistent/token does not exist",
  ],
  [
    "auth:\n  token: { env: SHORT }",
    "alumiini.yaml:2:3: auth.token is too short; it must have 16 characters or more (openssl rand -hex 32)",
    { SHORT: "short" },
  ],
  ["auth:\n  token: { env: 1X }", "alumiini.yaml:2:12: auth.token.env must be the name of an environment variable"],
  [
    "auth:\n  token: { env: A, file: b }",
    "alumiini.yaml:2:3: auth.token must be { env: NAME } or { file: path }; a secret never stands in the configuration",
  ],
  ["sources:\n  fluxx: { unverified: true }", "alumiini.yaml:2:3: sources.fluxx is unknown; did you mean flux?"],
  ["sources:\n  flux: { unverified: false }", "alumiini.yaml:2:11: sources.flux.unverified must be one of true"],
  [
    "sources:\n  flux: {}",
    "alumiini.yaml:2:3: sources.flux must be { secret: { env: NAME } }, { secret: { file: path } }, { unverified: true } or { off: true }",
  ],
  [
    "sources:\n  github: { secret: abc }",
    "alumiini.yaml:2:13: sources.github.secret must be { env: NAME } or { file: path }; a secret never stands in the configuration",
  ],
  [
    "sinks:\n  nats: { stram: X, servers: [nats://n] }",
    "alumiini.yaml:2:11: sinks.nats.stram is unknown; did you mean stream?",
  ],
  ["sinks:\n  nats: { stream: X }", "alumiini.yaml:2:3: sinks.nats.servers is missing"],
  [
    "sinks:\n  nats: { servers: [nats://u:p@n] }",
    "alumiini.yaml:2:11: sinks.nats.servers must be without credentials; use user and password, or token",
  ],
  [
    "sinks:\n  nats: { servers: [nats://n], user: u }",
    "alumiini.yaml:2:32: sinks.nats.user and sinks.nats.password belong together",
  ],
  [
    "sinks:\n  kafka: { brokers: [k] , topic: t }",
    "alumiini.yaml:2:12: sinks.kafka.brokers must be host:port, such as kafka-1:9092",
  ],
  ["sinks:\n  kafka: { brokers: [k:9092] }", "alumiini.yaml:2:3: sinks.kafka.topic is missing"],
  [
    "sinks:\n  kafka: { brokers: [k:9092], topic: t, contentMode: batched }",
    "alumiini.yaml:2:41: sinks.kafka.contentMode must be one of structured, binary",
  ],
  [
    "sinks:\n  http: { url: https://x, profile: 0.6 }",
    "alumiini.yaml:2:27: sinks.http.profile must be one of adr-004, 0.5.1, 0.4.1, deployment-draft",
  ],
  [
    "history:\n  retention: { maxAge: 400 }",
    "alumiini.yaml:2:16: history.retention.maxAge must be a number of hours or days, such as 400d",
  ],
  [
    "history:\n  memoryLimitMb: 1",
    "alumiini.yaml:2:3: history.memoryLimitMb must be a whole number from 32 to 1048576 (MiB)",
  ],
  [
    "history:\n  postgresql: { url: { env: PG } }",
    "alumiini.yaml:2:17: history.postgresql.url must be postgresql://user:password@host:port/database",
    { PG: "mysql://u:hunter2@h/d" },
  ],
  ["log: { format: xml }", "alumiini.yaml:1:8: log.format must be one of text, json"],
  ["metrics: { open: yes please }", "alumiini.yaml:1:12: metrics.open must be true or false"],
  ["{}", "ALUMIINI_LISTEN: listen must be host:port, such as 127.0.0.1:8080", { ALUMIINI_LISTEN: "here" }],
  ["{}", "--log-format: log.format must be one of text, json", {}, { logFormat: "xml" }],
];

describe("a wrong configuration is one clear line", () => {
  test.each(WRONG.map(([yaml, line, env = {}, options = {}]) => ({ yaml, line, env, options })))(
    "$yaml",
    ({ yaml, line, env, options }) => {
      const found = problems(yaml, env, options);
      expect(found).toEqual([line]);
      expect(found.join("\n")).not.toMatch(/hunter2/);
    },
  );

  test("YAML that can't be parsed names the line, and shows nothing of it", () => {
    const [line, ...others] = problems("cluster: a\nauth: { token: hunter2\n");
    expect(line).toMatch(/^alumiini\.yaml:\d+:\d+: is not YAML: /);
    expect(line).not.toContain("hunter2");
    expect(others).toEqual([]);
  });

  test("a file that does not exist", async () => {
    const { status, err } = await alumiini(["serve", "--config", "/nonexistent.yaml", "--check"]);
    expect({ status, err }).toEqual({ status: 2, err: "alumiini: /nonexistent.yaml: does not exist\n" });
  });

  test("an option that does not exist names the nearest", async () => {
    const { status, err } = await alumiini(["serve", "--lisen", "x"]);
    expect(status).toBe(2);
    expect(err).toContain("Did you mean --listen?");
  });
});

test("an option goes before the environment, which goes before the file", () => {
  const config = join(root, "order.yaml");
  writeFileSync(config, "cluster: file\nlog: { format: json }\nlisten: 127.0.0.1:1\n");
  const settings = loadSettings({
    options: { config, cluster: "option" },
    env: { ALUMIINI_CLUSTER: "environment", ALUMIINI_LISTEN: "[::1]:2", ALUMIINI_GITHUB_SECRET: "s" },
  });
  expect(settings).toMatchObject({
    cluster: "option",
    host: "::1",
    port: 2,
    log: { format: "json" },
    sources: { github: { secret: "s" } },
  });
});

test("--check says that all is well", async () => {
  const { status, out } = await alumiini(["serve", "--check"]);
  expect({ status, out }).toEqual({ status: 0, out: "The configuration is in order.\n" });
});
