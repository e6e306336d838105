/** A node in a process of its own, for tests that kill, trace or starve it: it owns one LMDB journal and writes to it. Compiled code. */
import { writeSync } from "node:fs";
import { openLmdbJournal } from "../../dist/durability/journal/lmdb/index.js";

const [path, mode, ...rest] = process.argv.slice(2);
// Written at once and by one system call each: a trace shows where they fall.
const say = (line) => writeSync(1, `${line}\n`);

const journal = await openLmdbJournal({
  path,
  sync: mode !== "unsynced",
  events: { health: ({ state, detail }) => say(`health ${state} ${detail}`), lost: (why) => say(`lost ${why}`) },
});
let image;
try {
  image = await journal.claim();
} catch (error) {
  say(`refused ${error.name} ${error.kind} ${error.message}`);
  process.exit(3);
}
say(`claimed ${image.epoch} ${image.head}`);

const commit = (number, text) =>
  journal.commit({
    number,
    writes: [{ id: `p${number % 7}`, reset: false, records: [`${number} ${text}`], state: `${number}` }],
    sources: [],
    dropSources: [],
  });

if (mode === "traced" || mode === "unsynced") {
  for (let number = image.head + 1; number <= image.head + 3; number++) {
    say(`commit ${number}`);
    await commit(number, "traced");
    say(`acknowledged ${number}`);
  }
  await journal.close(1000);
} else if (mode === "write") {
  const [inFlight, size] = rest.map(Number);
  let number = image.head;
  const chain = async () => {
    for (;;) {
      const mine = ++number;
      const { kind } = await commit(mine, "x".repeat(size));
      say(`${kind} ${mine}`);
      if (kind !== "committed") return;
    }
  };
  for (let i = 0; i < inFlight; i++) void chain();
} else {
  // Holds the file until it is killed.
  setInterval(() => {}, 60_000);
}
