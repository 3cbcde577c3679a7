import { describe, expect, it } from "vitest";
import { readAcknowledgement } from "../src/ack-inbox.js";
import { startBroker } from "./broker.js";

const SUBJECT = "limited.a";

/** Streams and accounts that have no room left, and the code with which a real server refuses one more message. */
const FULL: readonly (readonly [what: string, code: number, stream: object, configuration?: string])[] = [
  ["the stream's bytes are used up", 10077, { max_bytes: 400, discard: "new" }],
  ["the stream's messages are used up", 10077, { max_msgs: 3, discard: "new" }],
  [
    "the subject's messages are used up",
    10077,
    { max_msgs_per_subject: 3, discard: "new", discard_new_per_subject: true },
  ],
  [
    "the account's storage is used up",
    10002,
    {},
    "accounts { A { jetstream { max_file: 400, max_mem: -1 }, users: [{ user: a, password: a }] } }\nno_auth_user: a",
  ],
];

describe("a refusal for want of room", () => {
  it.for(FULL)("is no fault of the message, where %s", async ([, code, stream, configuration], context) => {
    const broker = await startBroker(context, { subjects: [], ...(configuration !== undefined && { configuration }) });
    const body = new TextEncoder().encode(JSON.stringify({ name: "LIMITED", subjects: ["limited.*"], ...stream }));
    const created = await broker.admin.request("$JS.API.STREAM.CREATE.LIMITED", body);
    expect(JSON.parse(created.string())).not.toHaveProperty("error");
    const results = [];
    for (let message = 0; message < 8; message++) {
      const reply = await broker.admin.request(SUBJECT, new TextEncoder().encode("x".repeat(60)));
      results.push(readAcknowledgement(reply, SUBJECT, undefined));
    }
    expect(results[0]).toEqual({ status: "delivered" });
    expect(results.at(-1)).toMatchObject({
      status: "retry",
      busy: true,
      error: { message: expect.stringContaining(`(${code})`) },
    });
  });
});
