/** The workflow bundle: built once, with the application put in front as data. What the application is made of is decided in app/. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type WorkflowWorld, worldGlobal } from "./workflow/protocol.js";

/** Beside the compiled folders; the second is where a source tree has it. */
const places = ["../../workflow-bundle.js", "../../dist/workflow-bundle.js"];

/** Path of the prebuilt bundle. Throws, with what to do, when it has not been built. */
export function bundlePath(): string {
  const found = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path));
  if (found === undefined) throw new Error("the workflow bundle has not been built: run `npm run build`");
  return found;
}

/** The code for a worker. One line in front and no line break, so that positions in the bundle stay right. */
export async function workflowCode(world: WorkflowWorld, path = bundlePath()): Promise<string> {
  const code = await readFile(path, "utf8");
  return `globalThis.${worldGlobal}=${JSON.stringify(world)};${code}`;
}
