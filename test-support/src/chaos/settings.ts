/** How many events a run has. */
export const EVENTS = Number(process.env["CHAOS_EVENTS"] ?? 100_000);

/** How often each kind of blow falls. */
export const BLOWS_OF_EACH_KIND = Number(process.env["CHAOS_BLOWS"] ?? 20);
