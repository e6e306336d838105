/** A whole application on memory hosts in virtual time: its YAML and Lua as an app has them, a clock that only its timers move. */
import { rm } from "node:fs/promises";
import type { Outcome } from "../../actors/index.js";
import { type AppConfig, loadApp } from "../../app/index.js";
import { createNode, type Node } from "../../app/node.js";
import type { Payload } from "../../mailbox/index.js";
import { type AppFiles, writeApp } from "./app.js";
import { VirtualClock } from "./virtual.js";

export class VirtualApp {
  readonly clock: VirtualClock;
  readonly node: Node;
  /** Lines of `print`, in order, of all processes. */
  readonly prints: string[] = [];
  readonly config: AppConfig;

  private constructor(clock: VirtualClock, node: Node, config: AppConfig) {
    this.clock = clock;
    this.node = node;
    this.config = config;
    node.system.events.on("log", ({ record }) => {
      if (record.print) this.prints.push(record.message);
    });
  }

  static async open(files: AppFiles): Promise<VirtualApp> {
    const dir = await writeApp(files);
    const config = await loadApp(dir);
    await rm(dir, { recursive: true });
    const clock = new VirtualClock();
    const node = createNode(config, clock);
    for (const entry of config.entries.values()) if (entry.kind === "process.host") node.openProcessHost(entry);
    return new VirtualApp(clock, node, config);
  }

  get warnings(): readonly string[] {
    return this.config.warnings.map(({ message }) => message);
  }

  /** Call a function entry and let everything happen; its result. Throws the error. */
  async run(target: string, ...args: Payload[]): Promise<Payload> {
    const outcome = await this.outcome(target, ...args);
    if (outcome.ok) return outcome.value;
    throw new Error(`${outcome.error.kind}: ${outcome.error.message}`);
  }

  async outcome(target: string, ...args: Payload[]): Promise<Outcome> {
    const outcome = this.node.functions.run({ target, args, context: {} });
    this.clock.runUntilIdle();
    return outcome;
  }
}

/** Entries of a namespace `t`, each with a file of its own: a function, unless the rest of its YAML says otherwise; and `t:host`. */
export function luaApp(sources: Readonly<Record<string, string | { text: string; yaml: string }>>): AppFiles {
  const files: Record<string, string> = {};
  const entries = Object.entries(sources).map(([name, spec]) => {
    const { text, yaml } = typeof spec === "string" ? { text: spec, yaml: "kind: function.lua, method: main" } : spec;
    files[`${name}.lua`] = text;
    return `  - {name: ${name}, source: "file://${name}.lua", ${yaml}}\n`;
  });
  files["_index.yaml"] = `namespace: t\nentries:\n  - {name: host, kind: process.host}\n${entries.join("")}`;
  return files;
}
