import { type HrTime, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";

/** What is not drawn: it is the same on every span, or drawn elsewhere. */
const HIDDEN =
  /^(k8s\.|alumiini\.event\.|alumiini\.repo\.(name|namespace)|cicd\.pipeline\.name|alumiini\.\w+\.duration_ms)/;

/** Draws traces as text: spans below their parents, with what else happened in them. */
export function drawTraces(spans: readonly ReadableSpan[], logs: readonly ReadableLogRecord[]): string {
  const byStart = spans.toSorted((a, b) => millisecondsOf(a.startTime) - millisecondsOf(b.startTime));
  const origin = millisecondsOf(byStart[0]?.startTime ?? [0, 0]);
  const idOf = (span: ReadableSpan) => span.spanContext().spanId;
  const names = new Map(spans.map((span) => [idOf(span), span.name]));

  function draw(span: ReadableSpan, indent: string, parent?: ReadableSpan): string[] {
    const at = millisecondsOf(span.startTime) - origin;
    const status = span.status.code === SpanStatusCode.ERROR ? `  ERROR: ${span.status.message}` : "";
    const head = `${indent}${span.name}  ${SpanKind[span.kind]}  +${at} ms, ${millisecondsOf(span.duration)} ms${status}`;
    const attributes = Object.entries(span.attributes)
      .filter(([name, value]) => !HIDDEN.test(name) && String(parent?.attributes[name]) !== String(value))
      .map(([name, value]) => `${indent}  · ${name} = ${Array.isArray(value) ? value.join(", ") : value}`)
      .sort();
    const links = span.links.map(
      ({ context }) => `${indent}  → link to ${names.get(context.spanId) ?? "another trace"}`,
    );
    const events = logs
      .filter((log) => log.spanContext?.spanId === idOf(span))
      .map(({ eventName, severityText, body }) => `${indent}  ! ${severityText} ${eventName}: ${body}`);
    const children = byStart.filter((child) => child.parentSpanContext?.spanId === idOf(span));
    return [
      head,
      ...links,
      ...attributes,
      ...events,
      ...children.flatMap((child) => draw(child, `${indent}    `, span)),
    ];
  }

  const roots = byStart.filter(({ parentSpanContext }) => !names.has(parentSpanContext?.spanId ?? ""));
  return roots.map((root) => draw(root, "").join("\n")).join("\n\n");
}

function millisecondsOf([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + nanoseconds / 1_000_000;
}
