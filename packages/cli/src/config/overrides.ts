import type { SourceName } from "./types.js";
import { SOURCES } from "./types.js";

/** One setting that an option or an environment variable can give, too. */
export interface Override {
  readonly path: readonly string[];
  readonly env: string;
  /** Without one, it is for files and environment only. */
  readonly option?: { readonly flags: string; readonly description: string };
  /** Several, separated by commas. */
  readonly list?: true;
}

const secretOf = (source: SourceName): Override => ({
  path: ["sources", source, "secret"],
  env: `ALUMIINI_${source.toUpperCase()}_SECRET`,
});

/** Settings by option and environment. An option goes before the environment, which goes before the file. */
export const OVERRIDES: readonly Override[] = [
  {
    path: ["listen"],
    env: "ALUMIINI_LISTEN",
    option: { flags: "--listen <host:port>", description: "where to listen (default 127.0.0.1:8080)" },
  },
  {
    path: ["data"],
    env: "ALUMIINI_DATA",
    option: { flags: "--data <directory>", description: "where the history and undelivered messages are stored" },
  },
  {
    path: ["cluster"],
    env: "ALUMIINI_CLUSTER",
    option: { flags: "--cluster <name>", description: "the cluster that the sources report on (default: default)" },
  },
  {
    path: ["publicUrl"],
    env: "ALUMIINI_PUBLIC_URL",
    option: { flags: "--public-url <url>", description: "the address that browsers use, behind a proxy" },
  },
  {
    path: ["sinks", "nats", "servers"],
    env: "ALUMIINI_NATS_SERVERS",
    option: { flags: "--nats <url,...>", description: "forward events to NATS" },
    list: true,
  },
  {
    path: ["sinks", "nats", "stream"],
    env: "ALUMIINI_NATS_STREAM",
    option: { flags: "--nats-stream <name>", description: "the JetStream stream that stores them" },
  },
  {
    path: ["sinks", "kafka", "brokers"],
    env: "ALUMIINI_KAFKA_BROKERS",
    option: { flags: "--kafka <host:port,...>", description: "forward events to Kafka" },
    list: true,
  },
  {
    path: ["sinks", "kafka", "topic"],
    env: "ALUMIINI_KAFKA_TOPIC",
    option: { flags: "--kafka-topic <name>", description: "the topic" },
  },
  {
    path: ["sinks", "http", "url"],
    env: "ALUMIINI_HTTP_URL",
    option: { flags: "--cdevents-to <url>", description: "forward CDEvents over HTTP" },
  },
  {
    path: ["otlp", "endpoint"],
    env: "ALUMIINI_OTLP_ENDPOINT",
    option: { flags: "--otlp <url>", description: "traces, metrics and logs over OTLP/HTTP" },
  },
  {
    path: ["log", "format"],
    env: "ALUMIINI_LOG_FORMAT",
    option: { flags: "--log-format <format>", description: "text (default) or json" },
  },
];

/** Secrets by environment: `<NAME>` has the secret, `<NAME>_FILE` names a file. Options can't: other users see them. */
export const SECRET_OVERRIDES: readonly Override[] = [
  { path: ["auth", "token"], env: "ALUMIINI_TOKEN" },
  { path: ["history", "postgresql", "url"], env: "ALUMIINI_POSTGRES_URL" },
  { path: ["sinks", "nats", "token"], env: "ALUMIINI_NATS_TOKEN" },
  { path: ["sinks", "nats", "password"], env: "ALUMIINI_NATS_PASSWORD" },
  { path: ["sinks", "kafka", "sasl", "password"], env: "ALUMIINI_KAFKA_PASSWORD" },
  { path: ["sinks", "http", "token"], env: "ALUMIINI_HTTP_TOKEN" },
  ...SOURCES.map(secretOf),
];

/** Returns the name of an option in commander's values: `--nats-stream <name>` is `natsStream`. */
export function optionName(flags: string): string {
  const [long = ""] = flags.split(" ");
  return long.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
