import type { AluminiEvent } from "@alumiini/core";
import { isObject, type JsonObject, listAt, objectAt } from "../mapping/json.js";
import { ignored, type MapContext, type Mapped } from "../mapping/mapper.js";
import { duration, parseTime } from "../mapping/time.js";
import { createSync, mapApplication, readApplication, readDeployed, triggerOf } from "../sources/argocd.js";

/** Syncs that an Application's history may list; Argo CD keeps 10 by default. */
const MOST_ENTRIES = 1000;

/** The newest operation of an Application, and the successful ones that its history lists. */
export function mapApplicationHistory(app: JsonObject, context: MapContext): Mapped {
  if (app["kind"] !== "Application") return ignored("kind_not_mapped");
  const newest = mapApplication(app, context);
  const known = new Set(newest.events.map(({ id }) => id));
  const application = readApplication(app, context);
  const events = listAt(app, "status", "history")
    .slice(-MOST_ENTRIES)
    .flatMap((entry): AluminiEvent[] => {
      const deployedAt = parseTime(isObject(entry) ? entry["deployedAt"] : undefined);
      if (!isObject(entry) || deployedAt === undefined) return [];
      const startedAt = parseTime(entry["deployStartedAt"]);
      const event = createSync(application, {
        type: "sync_completed",
        phase: "Succeeded",
        startedAt: startedAt ?? deployedAt,
        time: deployedAt,
        durationMs: duration(startedAt, deployedAt),
        deployed: readDeployed([entry], [entry, objectAt(app, "spec")]),
        trigger: triggerOf(objectAt(entry, "initiatedBy")),
      });
      // The operation says more about the same sync.
      return known.has(event.id) ? [] : [event];
    });
  return { ...newest, events: [...events, ...newest.events] };
}
