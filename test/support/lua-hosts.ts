/** Lua processes in virtual time on a host of each sort: one that keeps its processes in memory, and one on a journal. */
import { expect } from "vitest";
import type { Outcome } from "../../actors/index.js";
import type { Payload } from "../../mailbox/index.js";
import { FakeDisk } from "./fake-journal.js";
import { JournalNode } from "./journal-node.js";
import { children } from "./lua-children.js";
import type { SourceSpec } from "./virtual.js";

export const luaHosts = ["test:memory", "test:journal"] as const;

export type LuaHost = (typeof luaHosts)[number];

export interface HostRun {
  readonly outcome: Outcome;
  readonly prints: readonly string[];
}

/**
 * Run the body of a main function on that host, and then a minute longer. `HOST` in it and in `more` stands for the host's id; the
 * entries of lua-children.ts are there.
 */
export async function runOn(
  host: LuaHost,
  body: string,
  more: Readonly<Record<string, string>> = {},
): Promise<HostRun> {
  const sources: Record<string, SourceSpec> = { ...children };
  const main = `local time = require("time") return function(...) ${body} end`;
  for (const [id, text] of Object.entries({ ...more, "app:main": main }))
    sources[id] = text.replaceAll("HOST", `"${host}"`);
  const node = await new JournalNode(new FakeDisk(), sources).start();
  let outcome: Outcome | undefined;
  node.client.start(
    (self) => self.exec("app:main", host, [], {}),
    (result) => {
      outcome = result;
    },
  );
  await node.advance(60_000);
  if (outcome === undefined) throw new Error("main still waits");
  return { outcome, prints: node.prints };
}

export async function valueOn(
  host: LuaHost,
  body: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Payload> {
  const { outcome } = await runOn(host, body, more);
  expect(outcome).toMatchObject({ ok: true });
  return outcome.ok ? outcome.value : null;
}
