/** Which Lua modules an entry may list, and where each may run. Does not implement any. */

export interface KnownModule {
  /**
   * deterministic: the same everywhere. workflow: maps to recorded commands, so it may run in a workflow.
   * io: touches the world, so never in a workflow.
   */
  readonly class: "deterministic" | "workflow" | "io";
  readonly available: boolean;
}

/** lua-api.md 3.2, plus `logger` and our own `supervisor`. */
export const knownModules = {
  base64: { class: "deterministic", available: true },
  channel: { class: "deterministic", available: true },
  crypto: { class: "workflow", available: true },
  ctx: { class: "deterministic", available: true },
  env: { class: "io", available: true },
  errors: { class: "deterministic", available: true },
  events: { class: "io", available: true },
  funcs: { class: "workflow", available: true },
  hash: { class: "deterministic", available: true },
  http: { class: "io", available: true },
  json: { class: "deterministic", available: true },
  logger: { class: "deterministic", available: true },
  os: { class: "deterministic", available: true },
  payload: { class: "deterministic", available: true },
  pg: { class: "io", available: true },
  process: { class: "workflow", available: true },
  registry: { class: "io", available: true },
  security: { class: "io", available: true },
  store: { class: "io", available: true },
  supervisor: { class: "io", available: true },
  time: { class: "workflow", available: true },
  uuid: { class: "workflow", available: true },
  workflow: { class: "workflow", available: true },
} as const satisfies Record<string, KnownModule>;

export type ModuleName = keyof typeof knownModules;

/** Undefined for a name no version has. */
export function moduleNamed(name: string): KnownModule | undefined {
  return Object.hasOwn(knownModules, name) ? knownModules[name as ModuleName] : undefined;
}

export function availableModules(): string[] {
  return Object.entries(knownModules).flatMap(([name, module]) => (module.available ? [name] : []));
}

export function workflowModules(): string[] {
  return availableModules().filter((name) => moduleNamed(name)?.class !== "io");
}
