/** Where a secret is. It is never in the configuration itself. */
export type SecretReference = { readonly env: string } | { readonly file: string };

/** The sources that `serve` can take deliveries of. */
export const SOURCES = ["flux", "argocd", "github", "gitlab", "tekton", "cdevents"] as const;

/** One of {@link SOURCES}. */
export type SourceName = (typeof SOURCES)[number];

/** The sinks that there are, as the configuration names them. */
export const SINKS = ["nats", "kafka", "http"] as const;

/** One of {@link SINKS}. */
export type SinkName = (typeof SINKS)[number];

/** How a source's deliveries are verified. */
export type SourceConfig<Secret> = { readonly secret: Secret } | { readonly unverified: true } | { readonly off: true };

/** The configuration of `serve`, as `schema/alumiini.json` describes it. `Secret` is a reference, or the secret itself. */
export interface Config<Secret = SecretReference> {
  readonly cluster?: string;
  readonly listen?: string;
  readonly publicUrl?: string;
  readonly data?: string;
  readonly auth?: { readonly token: Secret };
  readonly history?: {
    readonly postgresql?: { readonly url: Secret; readonly schema?: string };
    readonly memoryLimitMb?: number;
    readonly retention?: { readonly maxAge?: string; readonly maxBytes?: number };
  };
  readonly sources?: { readonly [Name in SourceName]?: SourceConfig<Secret> };
  readonly sinks?: {
    readonly nats?: NatsConfig<Secret>;
    readonly kafka?: KafkaConfig<Secret>;
    readonly http?: HttpConfig<Secret>;
  };
  readonly otlp?: { readonly endpoint: string };
  readonly metrics?: { readonly open?: boolean };
  readonly log?: { readonly format?: "text" | "json" };
}

/** What all sinks take. */
interface SinkConfig {
  readonly outboxMaxBytes?: number;
}

/** `sinks.nats`. */
export interface NatsConfig<Secret> extends SinkConfig {
  readonly servers: readonly string[];
  readonly stream?: string;
  readonly mode?: "jetstream" | "core";
  readonly format?: "events" | "cdevents";
  readonly contentMode?: "structured" | "binary";
  readonly token?: Secret;
  readonly user?: string;
  readonly password?: Secret;
  readonly tls?: boolean;
}

/** `sinks.kafka`. */
export interface KafkaConfig<Secret> extends SinkConfig {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly format?: "events" | "cdevents";
  readonly contentMode?: "structured" | "binary";
  readonly tls?: boolean;
  readonly sasl?: {
    readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
    readonly user: string;
    readonly password: Secret;
  };
}

/** `sinks.http`. */
export interface HttpConfig<Secret> extends SinkConfig {
  readonly url: string;
  readonly token?: Secret;
  readonly profile?: "adr-004" | "0.5.1" | "0.4.1" | "deployment-draft";
  readonly contentMode?: "structured" | "binary" | "batched";
}

/** A configuration that can't be used. One line for each problem, each with its place. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}
