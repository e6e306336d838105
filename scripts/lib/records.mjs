/** What is on record about servers we started: one JSON file, a record per server name. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dataDir } from "./paths.mjs";
import { Stop } from "./run.mjs";

/** The record of `npm run services`; each value is { pid, marks, address, ... }. */
export const servicesFile = join(dataDir, "services.json");

export function readRecords(file) {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return {};
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Stop(`${file} is not JSON (${error.message}): stop the servers by hand and delete it`);
  }
}

/** Replace the whole file at once, so that no reader sees half of it; without records there is no file. */
export function writeRecords(file, records) {
  if (Object.keys(records).length === 0) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(records, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** Set or, with `undefined`, remove one record. */
export function putRecord(file, name, record) {
  const { [name]: _, ...others } = readRecords(file);
  writeRecords(file, record === undefined ? others : { ...others, [name]: record });
}
