import { expectTypeOf, test } from "vitest";
import {
  type Cdevent,
  type CdeventName,
  createCdevent,
  createCdeventParser,
  parseCdevent,
  serviceDeployed,
} from "../src/index.js";

const context = { source: "/my/pipeline" };

test("a required field that is missing does not compile", () => {
  // @ts-expect-error: artifactId is missing
  createCdevent("service.deployed", { context, subject: { id: "x", content: { environment: { id: "prod" } } } });
  const noId = { environment: {}, artifactId: "pkg:a/b" };
  // @ts-expect-error: the environment's id is missing
  createCdevent("service.deployed", { context, subject: { id: "x", content: noId } });
  // @ts-expect-error: the source is missing
  createCdevent("build.started", { context: {}, subject: { id: "x", content: {} } });
  // @ts-expect-error: the subject's id is missing
  createCdevent("build.started", { context, subject: { content: {} } });
});

test("a field that a type does not have does not compile", () => {
  // @ts-expect-error: a build has no environment
  createCdevent("build.started", { context, subject: { id: "x", content: { environment: { id: "prod" } } } });
  // @ts-expect-error: the trace context is no part of a CDEvent's context
  createCdevent("build.started", { context: { ...context, traceparent: "00" }, subject: { id: "x", content: {} } });
  // @ts-expect-error: 0.5.1 says uri
  createCdevent("pipelinerun.queued", { context, subject: { id: "x", content: { url: "https://ci" } } });
  createCdevent("pipelinerun.queued", { context, subject: { id: "x", content: { url: "https://ci" } } }, "0.4.1");
});

test("what is no event type, no outcome and no list does not compile", () => {
  // @ts-expect-error: the ADR's name is in no released version
  createCdevent("deployment.started", { context, subject: { id: "x", content: {} } });
  // @ts-expect-error: 0.5.1 knows four outcomes
  createCdevent("pipelinerun.finished", { context, subject: { id: "x", content: { outcome: "great" } } });
  // @ts-expect-error: custom data is an object or text
  createCdevent("build.started", { context, subject: { id: "x", content: {} }, customData: [1] });
});

test("the type of an event says its version", () => {
  const now = createCdevent("change.created", { context, subject: { id: "x", content: {} } });
  expectTypeOf(now.context.type).toEqualTypeOf<"dev.cdevents.change.created.0.4.0">();
  const before = createCdevent("artifact.deleted", { context, subject: { id: "x", content: {} } }, "0.4.1");
  expectTypeOf(before.context.type).toEqualTypeOf<"dev.cdevents.artifact.deleted.0.1.0">();
  expectTypeOf(before.context.version).toBeString();
  expectTypeOf(now).toExtend<Cdevent>();
});

test("a parsed event narrows by name and version", () => {
  const parsed = parseCdevent("{}");
  if (!parsed.ok) expectTypeOf(parsed.errors).toExtend<readonly { path: string; message: string }[]>();
  else if (parsed.name === "service.deployed") expectTypeOf(parsed.event.subject.content.artifactId).toBeString();
  else if (parsed.name === "pipelinerun.started" && parsed.specversion === "0.4.1") {
    expectTypeOf(parsed.event.subject.content.url).toBeString();
    expectTypeOf(parsed.event.subject.type).toBeString();
  }
});

test("a parser of some types answers those alone", () => {
  const parsed = createCdeventParser([serviceDeployed])("{}");
  if (parsed.ok) expectTypeOf(parsed.name).toEqualTypeOf<"service.deployed">();
  expectTypeOf<CdeventName>().not.toEqualTypeOf<string>();
});
