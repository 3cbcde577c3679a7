import type { Route } from "../frame/route.js";
export function Dora(_: { readonly route: Route }) { return <h1 tabIndex={-1}>Dora</h1>; }
