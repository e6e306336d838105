/** What the peers on Node.js have in common: `node PEER.mjs WORKLOAD COUNT` prints a line of JSON for each figure. */

/** `runs`: by workload, count -> figures. */
export async function main(runs) {
  const [workload, count] = process.argv.slice(2);
  const measured = await runs[workload](Number(count));
  process.stdout.write(measured.map((one) => `${JSON.stringify(one)}\n`).join(""), () => process.exit());
}

/** `work` does so many and returns the seconds they took. */
export async function rate(count, unit, work) {
  await warmUp(count, work);
  return { metric: "rate", value: count / (await work(count)), unit };
}

/** A fifth of the work, up to twenty times or until half a second has passed: by then all code that is hot has been compiled. */
async function warmUp(count, work) {
  const until = performance.now() + 500;
  for (let times = 0; times < 20 && (times === 0 || performance.now() < until); times++) {
    await work(Math.ceil(count / 5));
  }
}

export async function seconds(work) {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

export function verify(what, got, expected) {
  if (got !== expected) throw new Error(`${what}: ${String(got)} in place of ${String(expected)}`);
}

/** A promise, and how to settle it from elsewhere. */
export function later() {
  let resolve;
  let reject;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** How many of `count` each of so many senders sends. */
export function shares(count, senders) {
  const rest = count % senders;
  return Array.from({ length: senders }, (_, n) => Math.floor(count / senders) + (n < rest ? 1 : 0));
}

/** Each share is the sum of 0, 1, ... */
export const sumOf = (shares) => shares.reduce((sum, share) => sum + (share * (share - 1)) / 2, 0);

/** What `fill` leaves on the heap and in the resident set, for each of `count`. */
export async function bytesOf(count, fill) {
  const before = await collected();
  await fill();
  const after = await collected();
  return [
    { metric: "heap", value: (after.heapUsed - before.heapUsed) / count, unit: "bytes/process" },
    { metric: "rss", value: (after.rss - before.rss) / count, unit: "bytes/process" },
  ];
}

async function collected() {
  for (let i = 0; i < 2; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage();
}

export const children = 10;
export const outstanding = 1_000;
export const perTurn = 100;
export const ringSize = 1_000;
