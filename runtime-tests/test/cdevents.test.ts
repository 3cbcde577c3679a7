import { describe } from "vitest";
import type { CdeventsResult } from "../src/scenarios/cdevents.js";
import { sameEverywhere } from "./same-everywhere.js";

const EXPECTED: CdeventsResult = {
  definitions: 45,
  encoded: ["adr-004: 13, valid 9", "0.5.1: 16, valid 16", "0.4.1: 16, valid 16", "deployment-draft: 16, valid 13"],
  chains: 2,
  roundTrips: [true, true],
  refusedAt: ["", "/context", "/context/type", "/customData"],
};

describe("what becomes of CDEvents", () => sameEverywhere("cdevents", EXPECTED));
