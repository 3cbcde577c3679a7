import { afterAll, beforeEach } from "vitest";
import { type ClusterOptions, KafkaCluster } from "./cluster.js";
import { needKafka } from "./jars.js";

/** A cluster for the tests of a file: started with the first of them, stopped after the last. */
export function sharedCluster(options: ClusterOptions = {}): () => KafkaCluster {
  let starting: Promise<KafkaCluster> | undefined;
  let cluster: KafkaCluster | undefined;
  beforeEach(async (context) => {
    await needKafka(context);
    starting ??= KafkaCluster.start(options);
    cluster = await starting;
  }, 300_000);
  afterAll(() => cluster?.stop());
  return () => {
    if (cluster === undefined) throw new Error("the cluster is there within tests only");
    return cluster;
  };
}
