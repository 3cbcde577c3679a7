// Made from the types of the answers by a test.
import answers from "./answers.schema.json" with { type: "json" };
import { ROUTES, type Route, TAIL_PARAMETERS } from "./routes.js";
import type { RouteParameter } from "./values.js";

/** The OpenAPI document of all routes, made from their descriptions. */
export function openApi(): unknown {
  return {
    openapi: "3.1.0",
    info: {
      title: "ALUMIINI history",
      version: "1",
      description:
        "Read-only. Times are milliseconds since the Unix epoch; unknown values are null, never 0. Field names and meanings are those of the types `<Name>Answer` of @alumiini/history.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    paths: {
      ...Object.fromEntries(ROUTES.map((route) => [route.path, { get: operationOf(route) }])),
      "/v1/syncs/{syncId}": { get: syncByPath() },
      "/v1/tail": { get: tailOperation() },
      "/v1/openapi.json": {
        get: {
          operationId: "openapi",
          summary: "This document.",
          responses: { "200": { description: "OK", content: { "application/json": { schema: { type: "object" } } } } },
        },
      },
    },
    components: {
      schemas: {
        ...answers,
        Error: {
          type: "object",
          required: ["error"],
          properties: {
            error: {
              type: "object",
              required: ["code", "message"],
              properties: {
                code: { type: "string" },
                message: { type: "string" },
                field: { type: "string", description: "The parameter that can't be used." },
              },
            },
          },
        },
      },
    },
  };
}

/** The name of a route's answer: that of its type. */
export function answerName({ name }: Pick<Route, "name">): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Answer`;
}

function operationOf(route: Route) {
  const { name, summary, parameters } = route;
  const content = { "application/json": { schema: { $ref: `#/components/schemas/${answerName(route)}` } } };
  return {
    operationId: name,
    summary,
    parameters: parameters.map(parameterOf),
    responses: {
      "200": { description: "OK", content },
      ...(name === "sync" && { "404": { description: "No such sync is known.", content } }),
      ...ERRORS,
    },
  };
}

function syncByPath(): unknown {
  const [route] = ROUTES.filter(({ name }) => name === "sync");
  if (route === undefined) return {};
  const operation = operationOf(route);
  const others = route.parameters.filter(({ name }) => name !== "syncId").map(parameterOf);
  const id = { name: "syncId", in: "path", required: true, schema: { type: "string" }, description: "The sync." };
  return { ...operation, operationId: "syncByPath", parameters: [id, ...others] };
}

function tailOperation(): unknown {
  return {
    operationId: "tail",
    summary: "What is stored from now on, as server-sent events `event`, `heartbeat` (every 10 seconds) and `lost`.",
    parameters: [
      ...TAIL_PARAMETERS.map(parameterOf),
      {
        name: "Last-Event-ID",
        in: "header",
        required: false,
        description: "Goes on after this id.",
        schema: { type: "string" },
      },
    ],
    responses: {
      "200": {
        description: "OK",
        content: {
          "text/event-stream": {
            schema: {
              type: "string",
              contentMediaType: "application/json",
              contentSchema: { $ref: "#/components/schemas/TailItem" },
            },
          },
        },
      },
      ...ERRORS,
    },
  };
}

const ERROR = { content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } } };
const ERRORS = {
  "400": { description: "A parameter can't be used.", ...ERROR },
  "503": { description: "The store is unavailable or too busy; see Retry-After.", ...ERROR },
  "504": { description: "The query took too long.", ...ERROR },
};

function parameterOf({ name, type, description, values, required, minimum, maximum }: RouteParameter): unknown {
  const word = { type: "string", ...(values !== undefined && { enum: values }) };
  const number = { ...(minimum !== undefined && { minimum }), ...(maximum !== undefined && { maximum }) };
  const schema =
    type === "texts"
      ? { type: "array", items: word }
      : type === "integer" || type === "number"
        ? { type, ...number }
        : type === "time"
          ? {
              oneOf: [{ type: "string", format: "date-time" }, { type: "string", format: "date" }, { type: "integer" }],
            }
          : type === "duration"
            ? { type: "string", pattern: "^\\d+(\\.\\d+)?(ms|s|m|h|d)?$" }
            : word;
  const list = type === "texts" ? { style: "form", explode: false } : {};
  return { name, in: "query", required: required ?? false, description, schema, ...list };
}
