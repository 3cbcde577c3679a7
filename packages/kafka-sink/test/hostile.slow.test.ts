import { readFile } from "node:fs/promises";
import { readTopic } from "@alumiini-internal/test-support/kafka/reader";
import { expectConserved, recordFailures } from "@alumiini-internal/test-support/sinks";
import { until } from "@alumiini-internal/test-support/until";
import { Producer } from "@platformatic/kafka";
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from "kafkajs";
import { describe, expect, it } from "vitest";
import { ensureTopic, kafkajsProducer } from "../src/clients/kafkajs.js";
import { platformaticProducer } from "../src/clients/platformatic.js";
import type { KafkaProducer } from "../src/index.js";
import { CLIENTS, impatientSink, patientKafkajs, readyTopic } from "./clients.js";
import { certificatePath, makeKeys } from "./kafka/keys.js";
import { sharedCluster } from "./kafka/shared-cluster.js";
import { eventOf, readIds } from "./support.js";

const PASSWORD = "hunter2-very-secret";
const login = (...users: string[]) =>
  `org.apache.kafka.common.security.plain.PlainLoginModule required ${users.map((user) => `user_${user}="${PASSWORD}"`).join(" ")};`;

// Without credentials everything is allowed; with credentials, everything to admin and nothing to guest.
const cluster = sharedCluster({
  listeners: ["CLIENT", "TLS"],
  properties: async (directory) => ({
    ...(await makeKeys(directory)),
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS;User:admin",
    "sasl.enabled.mechanisms": "PLAIN",
    "listener.name.client.plain.sasl.jaas.config": login("admin", "guest"),
    "listener.name.tls.plain.sasl.jaas.config": login("admin"),
  }),
});

type Sasl = { readonly username: string; readonly password: string };
type Create = (broker: string, sasl?: Sasl, ca?: string) => KafkaProducer;

const clients: readonly { readonly name: string; readonly create: Create }[] = [
  {
    name: "kafkajs",
    create: (broker, sasl, ca) =>
      kafkajsProducer(
        new Kafka({
          brokers: [broker],
          logLevel: logLevel.NOTHING,
          retry: { retries: 0 },
          ...(sasl !== undefined && { sasl: { mechanism: "plain", ...sasl } }),
          ...(ca !== undefined && { ssl: { ca } }),
        }),
      ),
  },
  {
    name: "@platformatic/kafka",
    create: (broker, sasl, ca) =>
      platformaticProducer(
        (settings) =>
          new Producer({
            clientId: "test",
            bootstrapBrokers: [broker],
            ...(sasl !== undefined && { sasl: { mechanism: "PLAIN", ...sasl } }),
            ...(ca !== undefined && { tls: { ca } }),
            ...settings,
          }),
      ),
  },
];

let topics = 0;

async function newTopic(config: Record<string, string> = {}): Promise<string> {
  const topic = `topic-${++topics}`;
  await readyTopic(cluster().bootstrap, { topic, partitions: 1, config });
  return topic;
}

/** What a sink says, and how often, while it can not do its work. */
async function complaints(producer: KafkaProducer, topic: string): Promise<string[]> {
  const { messages, onFailure } = recordFailures();
  const sink = impatientSink({ producer, topic, onFailure });
  sink.handle(eventOf("my-app"));
  const lastError = await until(() => sink.stats().lastError);
  await expect(sink.flush(AbortSignal.timeout(300))).rejects.toThrow("1 messages");
  expectConserved(sink);
  expect(sink.stats()).toMatchObject({ delivered: 0, pending: 1 });
  await sink.close();
  expect([...messages, lastError].join()).not.toContain(PASSWORD);
  return messages;
}

/** Lets guest write to the topic, which includes that it may ask for it. */
async function allowGuest(topic: string): Promise<void> {
  const admin = patientKafkajs(cluster().bootstrap).admin();
  await admin.connect();
  await admin.createAcls({
    acl: [
      {
        resourceType: AclResourceTypes.TOPIC,
        resourceName: topic,
        resourcePatternType: ResourcePatternTypes.LITERAL,
        principal: "User:guest",
        host: "*",
        operation: AclOperationTypes.WRITE,
        permissionType: AclPermissionTypes.ALLOW,
      },
    ],
  });
  await admin.disconnect();
}

describe.each(clients)("with $name", ({ create }) => {
  const client = () => cluster().addressOf("CLIENT");

  it("a broker that is not there is no error for the caller, and is told of once", async () => {
    const [message, ...others] = await complaints(create("127.0.0.1:1"), "events");
    expect(message).toMatch(
      /^Can't connect; .*No broker answers: check `brokers`, TLS and the network \(.*ECONNREFUSED/,
    );
    expect(others.filter((other) => /connect/.test(other))).toEqual([]);
  });

  it("wrong credentials are told of once, and not repeated", async () => {
    const [message] = await complaints(create(client(), { username: "admin", password: `${PASSWORD}x` }), "events");
    expect(message).toContain("The broker refused the credentials, or the way of giving them: check `sasl`");
  });

  it("a listener that wants credentials and gets none is told of", async () => {
    const [message] = await complaints(create(client()), "events");
    expect(message).toMatch(/^Can't connect; /);
  });

  it("a client that may not write is told what to allow, and delivers when it is allowed", async () => {
    const topic = await newTopic();
    const { messages, onFailure } = recordFailures();
    const producer = create(client(), { username: "guest", password: PASSWORD });
    const sink = impatientSink({ producer, topic, onFailure });
    sink.handle(eventOf("my-app", { id: "1" }));
    await until(() => messages.length > 0);
    expect(messages[0]).toMatch(/does not let this client write to the topic: allow WRITE and DESCRIBE on it/);
    await allowGuest(topic);
    await sink.flush();
    await sink.close();
    expect(messages).toHaveLength(1);
    expect(readIds(await readTopic(cluster().bootstrap, topic))).toEqual({ "my-app": ["1"] });
  });

  it("credentials and TLS come through to the client", async () => {
    const topic = await newTopic();
    const ca = await readFile(certificatePath(cluster().directory), "utf8");
    const producer = create(cluster().addressOf("TLS"), { username: "admin", password: PASSWORD }, ca);
    const { onFailure } = recordFailures();
    const sink = impatientSink({ producer, topic, onFailure });
    sink.handle(eventOf("my-app", { id: "1" }));
    await sink.flush();
    await sink.close();
    expect(readIds(await readTopic(cluster().bootstrap, topic))).toEqual({ "my-app": ["1"] });
  });
});

describe.each(CLIENTS)("with $name", ({ create }) => {
  it("a missing topic is told of once, and delivered to when it is made", async () => {
    const { messages, onFailure } = recordFailures();
    const topic = `later-${++topics}`;
    const sink = impatientSink({ producer: create(cluster().bootstrap), topic, onFailure });
    sink.handle(eventOf("my-app", { id: "1" }));
    await until(() => messages.length > 0);
    expect(messages[0]).toContain("does not exist: create it (`ensureTopic` does) or fix `topic`");
    await ensureTopic(patientKafkajs(cluster().bootstrap), { topic, partitions: 1, replicationFactor: 1 });
    await sink.flush();
    await sink.close();
    expect(messages).toHaveLength(1);
    expect(readIds(await readTopic(cluster().bootstrap, topic))).toEqual({ "my-app": ["1"] });
  });

  it("a message that the topic finds too large goes to onDeadLetter, and takes no other with it", async () => {
    const topic = await newTopic({ "max.message.bytes": "4000" });
    const dead: string[] = [];
    const { onFailure } = recordFailures();
    const sink = impatientSink({
      producer: create(cluster().bootstrap),
      topic,
      onFailure,
      onDeadLetter: ({ id }, reason, { message }) => dead.push(`${id} ${reason} ${message}`),
    });
    for (let id = 0; id < 20; id++) {
      sink.handle(eventOf(`app-${id % 2}`, { id: String(id), branch: id === 7 ? "x".repeat(8000) : "main" }));
    }
    await sink.flush();
    expect(sink.stats()).toMatchObject({ delivered: 19, dropped: { rejected: 1 }, pending: 0 });
    await sink.close();
    expect(dead).toHaveLength(1);
    expect(dead[0]).toMatch(/^7 rejected The message is larger than the topic's max\.message\.bytes/);
    expect(readIds(await readTopic(cluster().bootstrap, topic))).toEqual({
      "app-0": ["0", "2", "4", "6", "8", "10", "12", "14", "16", "18"],
      "app-1": ["1", "3", "5", "9", "11", "13", "15", "17", "19"],
    });
  });
});
