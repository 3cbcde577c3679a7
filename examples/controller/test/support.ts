import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { KubernetesObject, Manifest } from "../src/manifests/kubernetes-object.js";
import type { ParseFiles } from "../src/manifests/parse-in-thread.js";
import { parseManifests } from "../src/manifests/parse-manifests.js";

/** A signal that never aborts. */
export const RUNNING = new AbortController().signal;

/** A directory that is removed after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "alumiini-example-test-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** The parser without its thread, which only the built controller has. */
export const parseHere: ParseFiles = async (files) => parseManifests(files);

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export function configMap(name: string, data: Record<string, string> = {}, namespace = "default"): KubernetesObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data };
}

export function manifest(object: KubernetesObject, file = "app.yaml"): Manifest {
  return { object, file };
}

/** The manifest of a ConfigMap, as YAML. */
export function configMapYaml(name: string, value = "1"): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  value: "${value}"\n`;
}
