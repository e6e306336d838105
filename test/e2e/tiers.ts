/** One application on every durable tier: the same Lua, with one line of YAML that differs. What it comes to must not. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, it } from "vitest";
import type { SpawnOptions } from "../../actors/index.js";
import type { Payload } from "../../mailbox/index.js";
import { type AppFiles, TestApp, valueIn } from "../support/app.js";
import { redisIsSkipped, redisUrl } from "../support/redis.js";
import { temporalAddress, temporalIsSkipped, uniqueQueue } from "../support/temporal.js";

export type TierName = "lmdb" | "redis" | "temporal";

/** The tiers of this run. */
export const tierNames: readonly TierName[] = [
  "lmdb",
  ...(redisIsSkipped ? [] : (["redis"] as const)),
  ...(temporalIsSkipped ? [] : (["temporal"] as const)),
];

/** The line that differs; `folder` is for files, `more` goes on in the journal block. */
export function hostLine(tier: TierName, folder: string, more = ""): string {
  switch (tier) {
    case "lmdb":
      return `  - {name: flows, kind: process.host, journal: {driver: lmdb, path: "${join(folder, "flows.mdb")}"${more}}}\n`;
    case "redis":
      return `  - {name: flows, kind: process.host, journal: {driver: redis, url: "${redisUrl()}", name: "j${randomUUID()}"${more}}}\n`;
    case "temporal":
      return `  - {name: client, kind: temporal.client, address: "${temporalAddress()}"}
  - {name: flows, kind: temporal.worker, client: client, task_queue: "${uniqueQueue("tiers")}"}\n`;
  }
}

const modules = "[channel, ctx, errors, funcs, process, time, uuid, workflow]";
const workflow = "meta: {temporal: {workflow: {worker: flows}}}";
const activity = "temporal: {activity: {worker: flows}}";

/** `t:flow` is the workflow and `t:outside` a process in memory with the same scripts; `t:agent_flow` and `t:agent` do as told. */
const entries = `  - {name: memory, kind: process.host}
  - {name: flow, kind: workflow.lua, source: "file://script.lua", modules: ${modules}, ${workflow}}
  - {name: outside, kind: process.lua, source: "file://script.lua", modules: ${modules}}
  - {name: agent_flow, kind: workflow.lua, source: "file://agent.lua", modules: [channel, process, time], ${workflow}}
  - {name: agent, kind: process.lua, source: "file://agent.lua", modules: [channel, process, time]}
  - {name: work, kind: function.lua, source: "file://work.lua", method: main, modules: ${modules}, meta: {${activity}}}
  - {name: work_once, kind: function.lua, source: "file://work.lua", method: main, modules: ${modules}, meta: {${activity}, options: {activity.retry_policy: {maximum_attempts: 1}}}}
  - {name: work_process, kind: process.lua, source: "file://work.lua", method: main, modules: ${modules}, meta: {${activity}}}
  - {name: who, kind: function.lua, source: "return function() return require('security').actor():id() end", method: main, modules: [security], meta: {${activity}}}
  - {name: inner, kind: function.lua, source: "file://work.lua", method: main, modules: ${modules}}
`;

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");

/** The app with `script` as the source of its flow. */
export function tierFiles(script: string, host: string): AppFiles {
  return {
    "_index.yaml": `namespace: t\nentries:\n${host}${entries}`,
    "script.lua": read(`apps/${script}`),
    "agent.lua": read("../conformance/agent.lua"),
    "work.lua": read("apps/work.lua"),
  };
}

export class Tier {
  readonly name: TierName;
  readonly app: TestApp;

  constructor(name: TierName, app: TestApp) {
    this.name = name;
    this.app = app;
  }

  /** The outcome of a script, run as a workflow or as a process in memory. */
  async run(entry: "t:flow" | "t:outside", name: string, arg: Payload = null, options: SpawnOptions = {}) {
    const host = entry === "t:flow" ? "t:flows" : "t:memory";
    return comparable(valueIn(await this.app.client.exec(entry, host, [name, arg], options)));
  }
}

/** Without what must differ: nodes, generated ids, run ids. */
export function comparable(value: Payload): Payload {
  const text = JSON.stringify(value)
    .replace(/\{[^{}|"]*t:(flows|memory|functions)\|([^{}"]*)\}/g, "<$1 $2>")
    .replace(/<flows ([0-9a-f]{32}|[0-9a-z]+-0x[0-9a-f]+)>/g, "<flows made>")
    .replace(/<memory [^>]*>/g, "<memory>")
    .replace(/"_workflow_id":"[0-9a-f]{32}"/g, '"_workflow_id":"made"')
    .replace(/"(_?run_id)":"[0-9a-f-]{32,36}"/g, '"$1":"a run"')
    .replace(/"_activity_id":"[^"]*"/g, '"_activity_id":"made"');
  return JSON.parse(text);
}

/** The outcome without these fields, at any depth: what the tiers are known to say in other words. */
export async function without(outcome: Promise<Payload>, ...fields: readonly string[]): Promise<Payload> {
  return JSON.parse(JSON.stringify(await outcome, (key, value) => (fields.includes(key) ? undefined : value)));
}

/**
 * Tests of one script on every tier at once. What each must come to stands under the title of the test in apps/<script>.json; a test
 * says on which tier it was something else.
 */
export function onTiers(script: string) {
  const folder = mkdtempSync(join(tmpdir(), "perdure-tiers-"));
  const expected = JSON.parse(read(`apps/${script}.json`)) as Readonly<Record<string, Payload>>;
  const tiers: Tier[] = [];
  beforeAll(async () => {
    const boot = async (name: TierName) =>
      new Tier(name, await TestApp.boot(tierFiles(`${script}.lua`, hostLine(name, folder))));
    tiers.push(...(await Promise.all(tierNames.map(boot))));
  });
  afterAll(async () => {
    await Promise.all(tiers.map(({ app }) => app.stop()));
    rmSync(folder, { recursive: true, force: true });
  });
  return (title: string, body: (tier: Tier) => Promise<Payload>): void => {
    it.concurrent(title, async ({ expect }) => {
      const outcomes = await Promise.all(tiers.map(async (tier) => [tier.name, await body(tier)] as const));
      const wanted = Object.fromEntries(tiers.map(({ name }) => [name, expected[title] ?? "is missing in the .json"]));
      expect(Object.fromEntries(outcomes)).toEqual(wanted);
    });
  };
}
