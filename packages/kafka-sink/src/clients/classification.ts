import { redactStart } from "@alumiini/core/adapter";
import type { Classification, Verdict } from "../producer.js";

/** What the brokers' error codes mean to a producer; a code that is not here passes by itself. */
const BY_CODE: ReadonlyMap<number, readonly [verdict: Verdict, reason: string]> = new Map([
  [
    3,
    [
      "misconfigured",
      "The topic, or one of its partitions, does not exist: create it (`ensureTopic` does) or fix `topic`",
    ],
  ],
  [10, ["poison", "The message is larger than the topic's max.message.bytes"]],
  [17, ["misconfigured", "The topic's name is not allowed: fix `topic`"]],
  [18, ["poison", "The message is larger than a segment of the topic"]],
  [19, ["retry", "Fewer replicas are in sync than the topic's min.insync.replicas asks for"]],
  [21, ["misconfigured", "The broker does not know the `acks` that it was asked for"]],
  [29, ["misconfigured", "The cluster does not let this client write to the topic: allow WRITE and DESCRIBE on it"]],
  [
    31,
    [
      "misconfigured",
      "The cluster does not let this client do that: allow IDEMPOTENT_WRITE, or set `idempotent: false`",
    ],
  ],
  [32, ["poison", "The topic does not take the message's timestamp"]],
  [33, ["misconfigured", "The broker does not know the SASL mechanism: fix `sasl.mechanism`"]],
  [34, ["misconfigured", "The broker did not expect SASL now: check which of its listeners `brokers` names"]],
  [35, ["misconfigured", "The broker and the Kafka client have no protocol version in common: update the older one"]],
  [43, ["misconfigured", "The topic's message format is too old for this client"]],
  [44, ["misconfigured", "A policy of the cluster refuses the topic or the record"]],
  [54, ["misconfigured", "The broker has security disabled: leave out `sasl`"]],
  [58, ["misconfigured", "The broker refused the credentials: check `sasl`"]],
  [76, ["misconfigured", "The broker does not know the compression: fix `compression`"]],
  [87, ["poison", "The broker refuses the record as invalid; a compacted topic needs keys, for instance"]],
]);

/** Judges an error code of Kafka's protocol. `text` is what the client said of it. */
function classifyCode(code: number, text: string): Classification {
  const [verdict, reason] = BY_CODE.get(code) ?? ["retry", undefined];
  return {
    verdict,
    reason: `${reason ?? "The broker could not store the records now"} (Kafka error ${code}: ${text})`,
  };
}

/** What clients call an error of connecting: names of KafkaJS' errors, and codes of Node's and of the clients'. */
const CONNECTION =
  /^(KafkaJSConnection(Closed)?Error|KafkaJSBrokerNotFound|PLT_KFK_NETWORK|E(CONN(REFUSED|RESET|ABORTED)|HOSTUNREACH|NETUNREACH|PIPE|TIMEDOUT|AI_AGAIN|NOTFOUND)|-19[35]|-187)$/;
/** What clients call credentials that were refused. */
const AUTHENTICATION = /^(KafkaJSSASLAuthenticationError|PLT_KFK_AUTHENTICATION|-169|58)$/;
/** What clients call what they can't do. */
const UNSUPPORTED = /^(MissingClientError|KafkaJSNotImplemented|PLT_KFK_UNSUPPORTED(_COMPRESSION|_API|_FORMAT)?)$/;

/**
 * Judges an error of a Kafka client. What a client throws at the end of its tries often calls itself final while its
 * cause, or one of the errors that it gathered, would pass by itself: what lies deepest decides.
 */
export function classifyClientError(error: unknown): Classification {
  const chain = errorChain(error);
  const names = chain.flatMap((one) => [property(one, "name"), property(one, "code")].map(String));
  // What the broker said of credentials may quote them, so it is not repeated.
  if (names.some((name) => AUTHENTICATION.test(name))) {
    return {
      verdict: "misconfigured",
      reason: "The broker refused the credentials, or the way of giving them: check `sasl`",
    };
  }
  for (const one of chain) {
    const code = protocolCode(one);
    if (code !== undefined) return classifyCode(code, messageOf(one));
  }
  const deepest = messageOf(chain.at(-1));
  if (names.some((name) => UNSUPPORTED.test(name))) {
    return {
      verdict: "misconfigured",
      reason: `The Kafka client can't do what the options ask for: ${messageOf(error)}`,
    };
  }
  if (names.some((name) => CONNECTION.test(name))) {
    return { verdict: "retry", reason: `No broker answers: check \`brokers\`, TLS and the network (${deepest})` };
  }
  return { verdict: "retry", reason: deepest };
}

/** The code of Kafka's protocol that the error stands for; the clients' own codes are negative or no numbers. */
function protocolCode(error: unknown): number | undefined {
  const code = property(error, "code");
  if (isUnknownTopic(code, messageOf(error))) return 3;
  return [property(error, "apiCode"), code].find((value): value is number => typeof value === "number" && value > 0);
}

/** librdkafka has codes of its own for it, @platformatic/kafka a text. */
function isUnknownTopic(code: unknown, message: string): boolean {
  return code === -188 || code === -190 || (code === "PLT_KFK_USER" && message.startsWith("Unknown topic"));
}

/** The error, what it says that it comes from, and what it gathered: outermost first, at most 20. */
function errorChain(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  const waiting = [error];
  for (let next = waiting.shift(); next !== undefined && chain.length < 20; next = waiting.shift()) {
    chain.push(next);
    const gathered = property(next, "errors");
    for (const inner of [property(next, "cause"), ...(Array.isArray(gathered) ? gathered : [])]) {
      if (typeof inner === "object" && inner !== null) waiting.push(inner);
    }
  }
  return chain;
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function messageOf(error: unknown): string {
  return textOf(error instanceof Error ? error.message : String(error));
}

function textOf(text: string): string {
  return redactStart(text.replace(/\s+/g, " ").trim(), 500, "text");
}
