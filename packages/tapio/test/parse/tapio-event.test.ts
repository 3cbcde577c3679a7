import { sampleEvents } from "@alumiini/core/testing";
import { describe, expect, it } from "vitest";
import { parseTapioEvent, tapioEvent } from "../../src/index.js";
import { AT, readOf, TIME, tapioOf } from "../support/foreign.js";

describe("parseTapioEvent", () => {
  it("reads what TAPIO's observers write", () => {
    const written = {
      id: "01J",
      type: "network",
      subtype: "connection_refused",
      source: "network-observer",
      timestamp: TIME,
      severity: "error",
      outcome: "failure",
      trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
      cluster_id: "prod",
      namespace: "shop",
      entities: [{ type: "pod", id: "shop/web-1", name: "web-1", cluster_id: "prod", namespace: "shop" }],
      relationships: [
        { type: "connects_to", source: { type: "pod", id: "shop/web-1" }, target: { type: "service", id: "shop/db" } },
      ],
      network_data: { protocol: "TCP", src_ip: "10.1.0.4", dst_ip: "10.1.0.9", dst_port: 5432 },
      process_data: { pid: 99 },
      labels: { team: "a", size: 4 },
    };
    expect(readOf(parseTapioEvent(JSON.stringify(written)))).toEqual({
      id: "01J",
      timestamp: AT,
      source: "network-observer",
      type: "network",
      subtype: "connection_refused",
      severity: "error",
      outcome: "failure",
      clusterId: "prod",
      namespace: "shop",
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      entities: [{ type: "pod", id: "shop/web-1", name: "web-1", clusterId: "prod", namespace: "shop" }],
      relationships: [
        { type: "connects_to", source: { type: "pod", id: "shop/web-1" }, target: { type: "service", id: "shop/db" } },
      ],
      correlationKeys: [],
      pid: 99,
      connection: { sourceIp: "10.1.0.4", ip: "10.1.0.9", port: 5432 },
      labels: { team: "a", size: "4" },
      data: { network: written.network_data, process: { pid: 99 } },
    });
  });

  it("reads our own", () => {
    for (const event of sampleEvents()) {
      const [{ data }] = tapioEvent({ pid: 7 })(event);
      const read = readOf(parseTapioEvent(JSON.stringify(data)));
      expect(read).toMatchObject({
        id: event.id,
        timestamp: event.timestamp,
        type: "deployment",
        subtype: event.type,
        pid: 7,
      });
      expect(parseTapioEvent(tapioEvent({ pid: 7 })(event)[0])).toEqual({ ok: true, event: read });
      expect(read.entities).toHaveLength(data.entities.length);
      expect(read.relationships).toHaveLength(data.relationships.length);
    }
  });

  it("finds the remote in the labels, where there is no typed data", () => {
    const labels = { "server.address": "github.com", "server.port": "443", "process.pid": "12" };
    expect(tapioOf({ labels })).toMatchObject({ pid: 12, connection: { host: "github.com", port: 443 } });
  });
});
