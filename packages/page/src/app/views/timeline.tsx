import type { Route } from "../frame/route.js";
export function Timeline(_: { readonly route: Route }) { return <h1 tabIndex={-1}>Timeline</h1>; }
