import { type ClusterOptions, KafkaCluster } from "@alumiini-internal/test-support/kafka/cluster";
import { needKafka } from "@alumiini-internal/test-support/kafka/jars";
import { TcpProxy } from "@alumiini-internal/test-support/tcp-proxy";
import { afterAll, beforeEach } from "vitest";

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

/** As {@link sharedCluster}, of one broker that clients reach through a proxy only. */
export function sharedClusterBehindProxy() {
  let proxy: TcpProxy | undefined;
  const cluster = sharedCluster({
    advertise: async (port) => {
      proxy = await TcpProxy.start(port);
      return proxy.port;
    },
  });
  afterAll(() => proxy?.stop());
  return () => {
    const running = cluster();
    if (proxy === undefined) throw new Error("nobody asked for the broker's port");
    return { cluster: running, proxy };
  };
}
