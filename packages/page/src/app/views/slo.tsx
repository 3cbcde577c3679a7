import type { Route } from "../frame/route.js";
export function Slo(_: { readonly route: Route }) { return <h1 tabIndex={-1}>Slo</h1>; }
