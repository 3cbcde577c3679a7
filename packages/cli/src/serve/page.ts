/** What `@alumiini/page` makes. */
interface Page {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

// A variable: the package is built apart, and its absence is no error.
const PACKAGE: string = "@alumiini/page";

/** Returns the page, or one that says how to ask without it. */
export async function loadPage(): Promise<Page> {
  const found: unknown = await import(PACKAGE).catch(() => undefined);
  const make: unknown = typeof found === "object" && found !== null ? Reflect.get(found, "page") : undefined;
  const made: unknown = typeof make === "function" ? make() : undefined;
  return isPage(made) ? made : PLACEHOLDER;
}

function isPage(value: unknown): value is Page {
  const { html, headers } = Object(value);
  return typeof html === "string" && typeof headers === "object" && headers !== null;
}

const PLACEHOLDER: Page = {
  html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>ALUMIINI</title>
<h1>The history is served at /v1</h1>
<p>The page is the package <code>@alumiini/page</code>, which is not installed here.
In a terminal: <code>alumiini fleet</code>. All routes: <code>/v1/openapi.json</code>.</p></html>`,
  headers: {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  },
};
