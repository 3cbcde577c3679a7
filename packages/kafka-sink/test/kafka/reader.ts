import { java } from "./cluster.js";

/** A record as Kafka's own console consumer prints it. */
export interface ReadRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly headers: string;
  readonly value: string;
}

/**
 * Reads a whole topic with the console consumer of Kafka itself, which shares no code with what wrote it. Ends when
 * nothing more comes for two seconds.
 */
export async function readTopic(bootstrap: readonly string[], topic: string): Promise<ReadRecord[]> {
  const printed = ["partition", "offset", "headers", "key"].flatMap((what) => ["--property", `print.${what}=true`]);
  const output = await java([
    "org.apache.kafka.tools.consumer.ConsoleConsumer",
    ...["--bootstrap-server", bootstrap.join(), "--topic", topic, "--from-beginning", "--timeout-ms", "2000"],
    ...printed,
  ]);
  return output.split("\n").flatMap((line) => {
    const match = /^Partition:(\d+)\tOffset:(\d+)\t([^\t]*)\t([^\t]*)\t(.*)$/.exec(line);
    if (match === null) return [];
    const [, partition, offset, headers = "", key = "", value = ""] = match;
    return [{ partition: Number(partition), offset: Number(offset), headers, key, value }];
  });
}
