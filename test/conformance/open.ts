/** Apps for the conformance suite, written to a temporary folder and booted. */
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootApp, loadApp } from "../../app/index.js";
import type { HostUnderTest } from "./host.js";

const modules = "[channel, process, time]";
const memoryEntries = `namespace: t
entries:
  - {name: memory, kind: process.host}
  - {name: agent, kind: process.lua, source: "file://agent.lua", modules: ${modules}}
`;

async function openApp(yaml: string, entry: string, host: string): Promise<HostUnderTest> {
  const dir = await mkdtemp(join(tmpdir(), "perdure-conformance-"));
  await cp(new URL("agent.lua", import.meta.url), join(dir, "agent.lua"));
  await writeFile(join(dir, "_index.yaml"), yaml);
  const app = await bootApp(await loadApp(dir));
  const close = async (): Promise<void> => {
    await app.stop();
    await rm(dir, { recursive: true });
  };
  return { app, entry, host, memoryEntry: "t:agent", memoryHost: "t:memory", close };
}

export function openMemory(): Promise<HostUnderTest> {
  return openApp(memoryEntries, "t:agent", "t:memory");
}

/** The processes live on two threads of their own. */
export function openWorkers(): Promise<HostUnderTest> {
  return openApp(`${memoryEntries}  - {name: pool, kind: process.host, host: {workers: 2}}\n`, "t:agent", "t:pool");
}

/** `queue` must be used by nobody else. */
export function openTemporal(address: string, queue: string): Promise<HostUnderTest> {
  const yaml = `${memoryEntries}  - {name: client, kind: temporal.client, address: "${address}"}
  - {name: worker, kind: temporal.worker, client: client, task_queue: "${queue}"}
  - name: flow
    kind: workflow.lua
    source: file://agent.lua
    modules: ${modules}
    meta: {temporal: {workflow: {worker: worker}}}
`;
  return openApp(yaml, "t:flow", "t:worker");
}

/** A process and a workflow of a journal are the same host kind; `entry` says which of them is looked at. */
export function openJournal(journal: string, entry: "process.lua" | "workflow.lua"): Promise<HostUnderTest> {
  const meta = entry === "workflow.lua" ? "\n    meta: {temporal: {workflow: {worker: durable}}}" : "";
  const yaml = `${memoryEntries}  - {name: durable, kind: process.host, journal: ${journal}}
  - name: kept
    kind: ${entry}
    source: file://agent.lua
    modules: ${modules}${meta}
`;
  return openApp(yaml, "t:kept", "t:durable");
}
