/** What a process on a journal made of chance, keys and schemas is the same after a restart, and its keys are not in the journal. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type AppFiles, TestApp } from "../support/app.js";
import { expectSecretsKept, passwordSpellings, secretModules, secretsSource } from "../support/secrets.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "perdure-secrets-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const files = async (): Promise<AppFiles> => ({
  "_index.yaml": `namespace: t
entries:
  - {name: durable, kind: process.host, journal: {driver: lmdb, path: "${join(folder, "a.mdb")}"}}
  - {name: memory, kind: process.host}
  - {name: secrets, kind: process.lua, modules: ${secretModules}, source: "file://secrets.lua"}
`,
  "secrets.lua": await secretsSource(),
});

it.each(["durable", "memory"])("a process on %s says what it made", async (host) => {
  const app = await TestApp.boot(await files());
  const pid = await app.spawn("t:secrets", `t:${host}`);
  expectSecretsKept(await app.ask(pid, "say"));
  await app.tell(pid, "finish");
  await app.stop();
});

it("a process that comes back says what it said before", async () => {
  const first = await TestApp.boot(await files());
  const pid = await first.spawn("t:secrets", "t:durable");
  const before = await first.ask(pid, "say");
  await first.stop();
  const second = await TestApp.boot(await files());
  expect(await second.ask(pid, "say")).toEqual(before);
  await second.stop();
});

it("the journal holds signatures, and no password that was only used", async () => {
  const app = await TestApp.boot(await files());
  const pid = await app.spawn("t:secrets", "t:durable");
  const { token } = (await app.ask(pid, "say")) as { token: string };
  await app.stop();
  const journal = readFileSync(join(folder, "a.mdb"), "latin1");
  expect(journal).toContain(Buffer.from(token.split(".")[2]!, "base64url").toString("base64").slice(0, 100));
  expect(passwordSpellings.filter((text) => journal.includes(text))).toEqual([]);
});
