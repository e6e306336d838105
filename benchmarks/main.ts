/**
 * `npm run bench`: every question, five rounds; JSON lines with --json, then the table on standard error. `--only messages` or
 * `--only journal` asks one, `--only journal:wake-up` a part of it.
 */
import { measure, type Result, table } from "./harness.js";
import { measureJournals } from "./journal.js";
import { messageSubjects } from "./messages.js";

const json = process.argv.includes("--json");
const rounds = Number(option("--rounds") ?? 5);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds takes a whole number of at least 1");
const [question, part] = (option("--only") ?? "").split(":");
if (!["", "messages", "journal"].includes(question!)) throw new Error("--only takes messages or journal");

const note = (result: Result): void => {
  if (json) console.log(JSON.stringify(result));
  else process.stderr.write(".");
};
const results: Result[] = [];
if (question !== "journal") results.push(...(await measure(messageSubjects(), rounds, note)));
if (question !== "messages") results.push(...(await measureJournals(rounds, note, part)));
process.stderr.write(`\n${table(results)}\n`);
process.exit();

function option(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}
