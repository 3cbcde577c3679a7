import type { KafkaProducer, KafkaRecord, Verdict } from "../src/producer.js";

class Refusal extends Error {
  constructor(readonly verdict: Verdict) {
    super(`said ${verdict}`);
  }
}

/** A producer that keeps what it is given, except what `refuse` has an answer for. */
export class FakeProducer implements KafkaProducer {
  readonly stored: string[] = [];
  readonly requests: { readonly topic: string; readonly partition: number; readonly records: number }[] = [];
  partitions = 1;
  counted = 0;
  refuse: (records: readonly string[]) => Verdict | undefined = () => undefined;

  async connect(): Promise<void> {}
  async close(): Promise<void> {}

  async partitionsFor(topic: string): Promise<number> {
    this.counted++;
    if (topic === "missing") throw new Refusal("misconfigured");
    return this.partitions;
  }

  async produce(topic: string, partition: number, records: readonly KafkaRecord[]): Promise<{ baseOffset: string }> {
    this.requests.push({ topic, partition, records: records.length });
    const ids = records.map(({ body }): string => JSON.parse(new TextDecoder().decode(body)).id);
    const verdict = this.refuse(ids);
    if (verdict !== undefined) throw new Refusal(verdict);
    this.stored.push(...ids);
    return { baseOffset: "0" };
  }

  classify(error: unknown): { verdict: Verdict; reason: string } {
    return { verdict: error instanceof Refusal ? error.verdict : "retry", reason: `because ${error}` };
  }
}
