/** What `tsup.config.ts` builds of `app/`. */
declare module "page:asset" {
  /** The whole page. */
  export const html: string;
  /** `sha256-…` of its script, for a Content-Security-Policy. */
  export const scriptHash: string;
  /** `sha256-…` of its style sheet. */
  export const styleHash: string;
}
