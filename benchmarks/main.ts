/** `npm run bench`: every question, five rounds; JSON lines with --json, then the table on standard error. */
import { measure, table } from "./harness.js";
import { messageSubjects } from "./messages.js";

const json = process.argv.includes("--json");
const roundsAt = process.argv.indexOf("--rounds");
const rounds = roundsAt < 0 ? 5 : Number(process.argv[roundsAt + 1]);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds takes a whole number of at least 1");

const results = await measure(messageSubjects(), rounds, (result) => {
  if (json) console.log(JSON.stringify(result));
  else process.stderr.write(".");
});
process.stderr.write(`\n${table(results)}\n`);
process.exit();
