/** What a bounded mailbox does when it is full, once for every policy. Each host that can have one runs this with its own `journal`. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MailboxFull, Outcome, ProcessEvent } from "../../actors/index.js";
import { bootApp, loadApp, type RunningApp } from "../../app/index.js";
import type { Payload, Pid } from "../../mailbox/index.js";

/** Does not look at its inbox before it is cancelled; then takes as many messages as it was told to, and ends with their values. */
const sleeper = `
local process = require("process")
return { main = function(count)
  local events, inbox = process.events(), process.inbox()
  repeat local event = events:receive() until event.kind == process.event.CANCEL
  local taken = {}
  while #taken < count do
    table.insert(taken, inbox:receive():payload():data())
  end
  return taken
end }`;

const limits = {
  block: "{size: 3, on_full: block, send_timeout: 60s}",
  brief: "{size: 3, on_full: block, send_timeout: 300ms}",
  fail: "{size: 3, on_full: fail}",
  drop_new: "{size: 3, on_full: drop_new}",
  drop_old: "{size: 3, on_full: drop_old}",
  dead_letter: "{size: 3, on_full: dead_letter}",
};
type Entry = keyof typeof limits;

const sent: Outcome = { ok: true, value: null };
const full = { ok: false, error: { kind: "LIMIT_EXCEEDED", message: "mailbox full", retryable: true } };

/** `journal` is that of the host, as it is written in YAML; undefined: memory. `more`: further fields of the host. */
export function describeMailboxes(name: string, journal: string | undefined, more = ""): void {
  describe(`a bounded mailbox on ${name}`, () => {
    let dir: string;
    let app: RunningApp;
    const events: ProcessEvent[] = [];
    const noted: MailboxFull[] = [];

    const boot = async (): Promise<void> => {
      app = await bootApp(await loadApp(dir));
      app.client.onEvent((event) => events.push(event));
      app.system.events.on("mailbox_full", (event) => noted.push(event));
    };
    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), "perdure-mailboxes-"));
      await writeFile(join(dir, "sleeper.lua"), sleeper);
      const fields = [journal === undefined ? "" : `journal: ${journal}`, more].filter((text) => text !== "");
      const host = `  - {${["name: host", "kind: process.host", ...fields].join(", ")}}\n`;
      const processes = Object.entries(limits).map(
        ([entry, mailbox]) =>
          `  - {name: ${entry}, kind: process.lua, source: "file://sleeper.lua", modules: [process], mailbox: ${mailbox}}\n`,
      );
      await writeFile(join(dir, "_index.yaml"), `namespace: t\nentries:\n${host}${processes.join("")}`);
      await boot();
    });
    afterAll(async () => {
      await app?.stop();
      await rm(dir, { recursive: true });
    });

    const start = async (entry: Entry, count: number): Promise<Pid> => {
      const pid = await app.client.spawn(`t:${entry}`, "t:host", [count], { monitor: true });
      if ("kind" in pid) throw new Error(pid.message);
      return pid;
    };
    const send = (pid: Pid, ...values: number[]): Promise<Outcome>[] =>
      values.map((value) => app.client.send(pid, "n", value));
    const fill = async (pid: Pid): Promise<void> => {
      expect(await Promise.all(send(pid, 1, 2, 3))).toEqual([sent, sent, sent]);
    };
    /** What it took, once it is told to look. */
    const taken = async (pid: Pid): Promise<Payload> => {
      await app.client.cancel(pid);
      const ofIt = (): ProcessEvent | undefined => events.find((event) => event.from.text === pid.text);
      await expect.poll(ofIt, { timeout: 20_000, interval: 10 }).toBeDefined();
      const end = ofIt()!;
      return end.kind === "exit" && end.reason.kind === "normal" ? end.reason.value : `${end.kind}`;
    };
    const countOf = (pid: Pid): number => noted.filter((event) => event.pid.text === pid.text).at(-1)?.count ?? 0;

    it("has its senders wait until there is room, in their order (block)", async () => {
      const pid = await start("block", 6);
      await fill(pid);
      const answered: number[] = [];
      const waiting = send(pid, 4, 5, 6).map((answer, i) => answer.then(() => answered.push(i + 4)));
      await expect.poll(() => countOf(pid)).toBe(3);
      expect(answered).toEqual([]);
      expect(await taken(pid)).toEqual([1, 2, 3, 4, 5, 6]);
      await Promise.all(waiting);
      expect(answered).toEqual([4, 5, 6]);
    });

    it("tells a sender that has waited too long (block)", async () => {
      const pid = await start("brief", 3);
      await fill(pid);
      expect(await Promise.all(send(pid, 4))).toMatchObject([
        { ok: false, error: { kind: "UNAVAILABLE", message: "mailbox full for 300 ms", retryable: true } },
      ]);
      expect(await taken(pid)).toEqual([1, 2, 3]);
    });

    it("answers its waiting senders when its process ends (block)", async () => {
      const pid = await start("block", 1);
      await fill(pid);
      const [waiting] = send(pid, 4);
      await expect.poll(() => countOf(pid)).toBe(1);
      await app.client.terminate(pid);
      expect(await waiting).toMatchObject({ ok: false, error: { kind: "NOT_FOUND" } });
    });

    it("refuses what is too much (fail)", async () => {
      const pid = await start("fail", 3);
      await fill(pid);
      expect(await Promise.all(send(pid, 4, 5))).toMatchObject([full, full]);
      expect(await app.client.call(pid, "n", 6)).toMatchObject(full);
      expect(countOf(pid)).toBe(3);
      expect(await taken(pid)).toEqual([1, 2, 3]);
    });

    it("drops what is new, and counts it (drop_new)", async () => {
      const pid = await start("drop_new", 3);
      await fill(pid);
      expect(await Promise.all(send(pid, 4, 5))).toEqual([sent, sent]);
      expect(countOf(pid)).toBe(2);
      expect(await app.client.call(pid, "n", 6)).toMatchObject(full);
      expect(await taken(pid)).toEqual([1, 2, 3]);
    });

    it("drops what is oldest, and a caller among its senders hears so at once (drop_old)", async () => {
      const pid = await start("drop_old", 3);
      const call = app.client.call(pid, "n", 0, 60_000);
      await fill(pid);
      expect(await call).toMatchObject({ ok: false, error: { kind: "LIMIT_EXCEEDED", retryable: true } });
      expect(await Promise.all(send(pid, 4, 5))).toEqual([sent, sent]);
      await expect.poll(() => countOf(pid)).toBe(3);
      expect(await taken(pid)).toEqual([3, 4, 5]);
    });

    it("keeps what is too much as dead letters (dead_letter)", async () => {
      const pid = await start("dead_letter", 3);
      await fill(pid);
      expect(await Promise.all(send(pid, 4, 5))).toEqual([sent, sent]);
      expect(await app.client.call(pid, "n", 6)).toMatchObject(full);
      const letters = app.system.router.deadLetters.list().filter(({ envelope }) => envelope.to.text === pid.text);
      expect(letters.map(({ reason, envelope: { signal } }) => [reason, signal])).toMatchObject(
        [4, 5, 6].map((value) => ["mailbox full", { kind: "message", topic: "n", payloads: [value] }]),
      );
      expect(await taken(pid)).toEqual([1, 2, 3]);
    });

    it("lets every signal pass: monitors, links, cancels and kills", async () => {
      for (const entry of ["block", "fail", "drop_new", "drop_old", "dead_letter"] as const) {
        const pid = await start(entry, 3);
        await fill(pid);
        expect(await new Promise((resolve) => app.client.start((self) => self.link(pid), resolve))).toEqual(sent);
        await app.client.terminate(pid);
        const heard = (): string[] => events.filter(({ from }) => from.text === pid.text).map(({ kind }) => kind);
        await expect.poll(heard).toEqual(["exit", "link_down"]);
      }
    });

    if (journal === undefined) return;
    it("is still full after a restart of its node", async () => {
      const pids = await Promise.all((["fail", "drop_old", "block"] as const).map((entry) => start(entry, 3)));
      await Promise.all(pids.map((pid) => fill(pid)));
      await app.stop();
      await boot();
      const [fails, drops, blocks] = pids as [Pid, Pid, Pid];
      for (const pid of pids) await new Promise((resolve) => app.client.start((self) => self.monitor(pid), resolve));
      expect(await Promise.all(send(fails, 4))).toMatchObject([full]);
      expect(await Promise.all(send(drops, 4))).toEqual([sent]);
      const [waiting] = send(blocks, 4);
      await expect.poll(() => countOf(blocks)).toBe(1);
      expect(await taken(fails)).toEqual([1, 2, 3]);
      expect(await taken(drops)).toEqual([2, 3, 4]);
      expect(await taken(blocks)).toEqual([1, 2, 3]);
      expect(await waiting).toBeDefined();
    });
  });
}
