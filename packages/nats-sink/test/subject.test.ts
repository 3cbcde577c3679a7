import { sampleEvents } from "@alumiini/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { covers, eventSubject, isPublishable, rememberSubjects, subjectToken } from "../src/subject.js";
import { eventWith } from "./support.js";

const text = fc.string({ unit: "binary", maxLength: 300 });

describe("subjectToken", () => {
  it("leaves ordinary names as they are", () => {
    expect(subjectToken("my-app_2")).toBe("my-app_2");
  });

  it("encodes all that means something in a subject", () => {
    expect(subjectToken("a.b *>$\t%/ä")).toBe("a%2Eb%20%2A%3E%24%09%25%2F%C3%A4");
  });

  it("gives any well-formed text back through decodeURIComponent", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (name) => {
        expect(decodeURIComponent(subjectToken(name))).toBe(name);
      }),
    );
  });

  it("makes one publishable token of any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 20 }), (name) => {
        const token = subjectToken(name);
        expect(token).not.toContain(".");
        expect(isPublishable(token)).toBe(true);
      }),
    );
  });
});

describe("eventSubject", () => {
  it("names cluster, namespace, repository and type", () => {
    const event = eventWith({ clusterId: "prod-us-east", namespace: "team.a", repoName: "my-app" });
    expect(eventSubject(event)).toBe(`alumiini.events.prod-us-east.team%2Ea.my-app.${event.type}`);
  });

  it("is publishable and has six tokens, whatever the names are", () => {
    fc.assert(
      fc.property(text, text, text, (clusterId, namespace, repoName) => {
        const subject = eventSubject(eventWith({ clusterId, namespace, repoName }));
        expect(isPublishable(subject)).toBe(true);
        expect(subject.split(".")).toHaveLength(6);
      }),
    );
  });

  it("tells long names apart that begin alike, and never cuts an escape in two", () => {
    const long = "ä".repeat(100);
    const one = eventSubject(eventWith({ repoName: `${long}1` }));
    expect(one).not.toBe(eventSubject(eventWith({ repoName: `${long}2` })));
    expect(one).toMatch(/\.(%[\dA-F]{2})+~[\da-f]{8}\./);
  });
});

describe("rememberSubjects", () => {
  it("tells apart what differs in any name or in the type", () => {
    const subjectOf = rememberSubjects();
    const name = fc.constantFrom("a", "b");
    fc.assert(
      fc.property(fc.constantFrom(...sampleEvents()), name, name, name, (sample, clusterId, namespace, repoName) => {
        const event = { ...sample, clusterId, namespace, repoName };
        expect(subjectOf(event)).toBe(eventSubject(event));
      }),
    );
  });
});

describe("isPublishable", () => {
  it.each(["", ".a", "a.", "a..b", "a b", "a\tb", "a\r\nPUB b 0", "a.*", "a.>", "$JS.API.STREAM.DELETE.X", "ä", "a\0"])(
    "refuses %j",
    (subject) => {
      expect(isPublishable(subject)).toBe(false);
    },
  );

  it("refuses more than 255 bytes", () => {
    expect(isPublishable("x".repeat(255))).toBe(true);
    expect(isPublishable("x".repeat(256))).toBe(false);
  });
});

describe("covers", () => {
  it.each([
    ["alumiini.>", "alumiini.events.>", true],
    ["alumiini.events.>", "alumiini.>", false],
    ["a.*", "a.b", true],
    ["a.*", "a.>", false],
    ["a.*", "a.b.c", false],
    ["a.b", "a.b", true],
    ["a.>", "a", false],
    ["a.b", "a", false],
  ])("%s covers %s: %s", (wide, narrow, expected) => {
    expect(covers(wide, narrow)).toBe(expected);
  });
});
