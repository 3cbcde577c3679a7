import { Registry } from "prom-client";
import type { AnyRegistry } from "../options.js";

/** The text formats of an exposition. */
export type Format = "text" | "openmetrics";

/** The formats' content types, as prom-client has them. */
export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
};

/** The format that a registry writes by itself. */
export function formatOf(register: AnyRegistry): Format {
  return register.contentType === Registry.OPENMETRICS_CONTENT_TYPE ? "openmetrics" : "text";
}

/** Returns which of the two formats an `Accept` header prefers; `fallback` where it does not say. */
export function preferredFormat(accept: string | undefined, fallback: Format): Format {
  let text = 0;
  let openmetrics = 0;
  for (const { value: type, parameters, quality } of rangesOf(accept)) {
    if (type === "text/plain") text = Math.max(text, quality);
    if (type === "application/openmetrics-text" && isVersion1(parameters)) openmetrics = Math.max(openmetrics, quality);
  }
  if (openmetrics > text) return "openmetrics";
  return text > openmetrics ? "text" : fallback;
}

/** Returns whether an `Accept-Encoding` header asks for gzip. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const ranges = rangesOf(acceptEncoding);
  const gzip = ranges.find(({ value }) => value === "gzip") ?? ranges.find(({ value }) => value === "*");
  return gzip !== undefined && gzip.quality > 0;
}

function rangesOf(header: string | undefined) {
  // The bound keeps a huge header from costing anything.
  return (header ?? "")
    .slice(0, 2000)
    .split(",")
    .map((range) => {
      const [value = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
      return { value, parameters, quality: qualityOf(parameters) };
    });
}

function qualityOf(parameters: readonly string[]): number {
  const value = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  if (value === undefined) return 1;
  const quality = Number(value);
  return quality >= 0 && quality <= 1 ? quality : 0;
}

function isVersion1(parameters: readonly string[]): boolean {
  const version = parameters.find((parameter) => parameter.startsWith("version="))?.slice("version=".length);
  return version === undefined || version.replaceAll('"', "").startsWith("1.");
}
