import { argocdManifests, fluxManifests, githubHook, gitlabHook } from "@alumiini/ingest";
import { CliError, EXIT } from "../client/errors.js";
import type { Context } from "./context.js";
import { SETUPS } from "./declare.js";
import { kubernetesManifests } from "./kubernetes.js";

type Options = Readonly<Record<string, unknown>>;

/** Prints what a source needs to deliver here, never a secret's value. */
export function setup(system: string, options: Options, context: Context): number {
  const url = text(options["url"]);
  if (system === "kubernetes") {
    context.out(kubernetesManifests(options));
    return EXIT.answered;
  }
  if (url === undefined)
    throw new CliError(
      EXIT.usage,
      `setup ${system} needs --url: where the source reaches this server, such as https://alumiini.example/${system}`,
    );
  try {
    context.out(printed(system, url, options));
  } catch (error) {
    if (error instanceof TypeError) throw new CliError(EXIT.usage, error.message);
    throw error;
  }
  return EXIT.answered;
}

function printed(system: string, url: string, options: Options): string {
  const secret = text(options["secret"]);
  const namespace = text(options["namespace"]);
  switch (system) {
    case "flux":
      return fluxManifests({ url, secretName: secret, namespace, sourceNamespaces: text(options["from"])?.split(",") });
    case "argocd":
      return argocdManifests({ url, secretKey: secret ?? "alumiini-token", namespace });
    case "github":
    case "gitlab": {
      const make = system === "github" ? githubHook : gitlabHook;
      const { text: settings, blindSpots } = make({
        url,
        secretName: secret ?? `ALUMIINI_${system.toUpperCase()}_SECRET`,
      });
      const unseen = blindSpots.map(({ versions, missing }) => `  ${versions}: ${missing}`);
      return `${settings}What it does not tell:\n${unseen.join("\n")}`;
    }
    default:
      throw new CliError(EXIT.usage, `setup knows ${SETUPS.join(", ")}; not ${system}`);
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
