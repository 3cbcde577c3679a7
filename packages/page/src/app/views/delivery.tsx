import type { Route } from "../frame/route.js";
export function Delivery(_: { readonly route: Route }) { return <h1 tabIndex={-1}>Delivery</h1>; }
