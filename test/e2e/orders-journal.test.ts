/** The example on a journal host: the whole batch, the finished orders on the next start, and a kill -9 in the middle. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type OwnRedis, redisIsSkipped, startRedis } from "../support/redis.js";
import { type Ended, lastJson, perdure, Running } from "./command.js";
import { charges, example, expectOneChargeEach, summary } from "./orders.js";

/** Arguments with which the example uses a journal of its own, empty at first. */
type Place = readonly string[];

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function onLmdb(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), "perdure-orders-"));
  ends.push(() => rmSync(folder, { recursive: true }));
  return ["-o", `orders:workflows:journal.path=${join(folder, "orders.mdb")}`];
}

async function onRedis(): Promise<Place> {
  const server: OwnRedis = await startRedis();
  ends.push(() => server.remove());
  return ["-o", `orders:workflows={journal: {driver: redis, url: "${server.url}"}}`];
}

const env = { ORDERS_ADDR: "127.0.0.1:0" };

function serve(place: Place): Running {
  const running = new Running(["run", ...place, example], { env });
  ends.push(() => running.end("SIGKILL"));
  return running;
}

/** Serve until `count` cards have been charged in this life, then die. */
async function killAfter(place: Place, count: number): Promise<Ended> {
  const running = serve(place);
  await running.until(`it charged ${count} cards`, () => (charges(running.stderr).size >= count ? true : undefined));
  return running.end("SIGKILL");
}

const tiers = [
  { driver: "lmdb", open: onLmdb, skip: false },
  { driver: "redis", open: onRedis, skip: redisIsSkipped },
];

for (const { driver, open, skip } of tiers) {
  describe.skipIf(skip)(`the order desk on ${driver}`, () => {
    it("works through its batch, and finds the finished orders when it is started again", async () => {
      const place = await open();
      const args = ["run", ...place, example, "orders:main"];
      const batch = await perdure(args, { env, limitMs: 60_000 });
      expect({ code: batch.code, last: lastJson(batch.stdout) }).toEqual({ code: 0, last: summary });
      expectOneChargeEach(batch.stderr);
      expect(batch.stderr).toMatch(/WARN: orders:approvals crashed and is restarted/);

      const again = await perdure(args, { env, limitMs: 60_000 });
      expect({ code: again.code, last: lastJson(again.stdout) }).toEqual({ code: 0, last: summary });
      expect(charges(again.stderr).size).toBe(0);
    }, 120_000);

    it("finishes every order once, though its node is killed twice while working on them", async () => {
      const place = await open();
      const killed = [await killAfter(place, 1), await killAfter(place, 1)];
      expect(killed.map(({ signal }) => signal)).toEqual(["SIGKILL", "SIGKILL"]);
      const last = serve(place);
      await last.logged(/INFO: (orders: .*compensated)/, 90_000);
      expect(last.stderr).toContain(`INFO: ${summary} `);
      const ended = await last.end("SIGTERM");
      expect(ended.code).toBe(0);
      expectOneChargeEach([...killed, ended].map(({ stderr }) => stderr).join("\n"));
    }, 150_000);
  });
}
