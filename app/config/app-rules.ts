/** Rules between checked entries, and advice that does not stop a load. */

import { resolve } from "node:path";
import { supervisorEntry } from "../../actors/index.js";
import { type Draft, isRecord, problemAt } from "./drafts.js";
import { formatPlace, type Report } from "./errors.js";
import { journalNameOf } from "./journal.js";
import type { Entry } from "./kinds.js";
import { checkTree } from "./supervisor-rules.js";

/** Each name of a scope (a worker's type, a router's route, a queue) may be taken once. */
class Claims {
  private readonly owners = new Map<string, Entry>();

  /** The entry that came first, when it is another one. */
  take(key: readonly string[], entry: Entry): Entry | undefined {
    const text = JSON.stringify(key);
    const owner = this.owners.get(text);
    if (owner === undefined) this.owners.set(text, entry);
    return owner;
  }
}

export function checkAppRules(
  entries: ReadonlyMap<string, Entry>,
  drafts: ReadonlyMap<string, Draft>,
  root: string,
  report: Report,
): void {
  const claims = new Claims();
  for (const entry of entries.values()) {
    const draft = drafts.get(entry.id);
    if (draft === undefined) continue;
    if (entry.id === supervisorEntry)
      report.problems.push(
        problemAt(draft, ["name"], "this is the id of Perdure's own supervisor; give the entry another"),
      );
    checkRegistrations(entry, draft, claims, report);
    checkJournal(entry, draft, claims, root, report);
    if (entry.kind === "process.supervisor") {
      claims.take(["process", entry.id], entry);
      const taken = (name: string) => {
        const first = claims.take(["process", name], entry);
        return first && (first === entry ? "another child of it" : `one of ${first.id} (${place(first)})`);
      };
      checkTree(draft, entries, taken, report);
    }
    if (entry.kind === "store.lmdb") checkFile(entry, draft, ["path"], entry.path, claims, root, report);
    if (entry.kind === "http.endpoint") {
      const first = claims.take(["route", entry.router, entry.method, entry.path], entry);
      if (first === undefined) continue;
      const message = `${entry.method} ${entry.path} of ${entry.router} is already served by ${first.id} (${place(first)})`;
      report.problems.push(problemAt(draft, ["path"], message));
    }
    if (entry.kind === "temporal.worker") {
      const first = claims.take(["queue", entry.client, entry.taskQueue], entry);
      if (first === undefined) continue;
      const message = `"task_queue" ${entry.taskQueue} is also polled by ${first.id} (${place(first)}); each gets tasks meant for the other, so give one another queue`;
      report.warnings.push(problemAt(draft, ["task_queue"], message));
    }
  }
}

function checkRegistrations(entry: Entry, draft: Draft, claims: Claims, report: Report): void {
  const isWorkflow = entry.kind === "workflow.lua";
  const registration = isWorkflow ? entry.workflow : "activity" in entry ? entry.activity : undefined;
  if (registration === undefined) return;
  const type = (isWorkflow ? entry.workflow?.name : undefined) ?? entry.id;
  const what = isWorkflow ? "workflow" : "activity";
  const first = claims.take([what, registration.worker, type], entry);
  if (first === undefined) return;
  const path = ["meta", "temporal", what, ...(isWorkflow && entry.workflow?.name !== undefined ? ["name"] : [])];
  const message = `the ${what} type "${type}" of ${registration.worker} is already registered by ${first.id} (${place(first)}); give one of them another name`;
  report.problems.push(problemAt(draft, path, message));
}

/** A name is the node part of pids, which that of a Temporal client is as well; two writers of one file would overwrite each other. */
function checkJournal(entry: Entry, draft: Draft, claims: Claims, root: string, report: Report): void {
  const fail = (path: string[], message: string) => report.problems.push(problemAt(draft, path, message));
  if (entry.kind === "temporal.client") {
    const first = claims.take(["node", entry.id], entry);
    const other = first === undefined ? "" : `${first.id} (${place(first)})`;
    if (other !== "") fail(["name"], `the journal of ${other} is named ${entry.id} too; give it another name`);
  }
  if (entry.kind !== "process.host" || entry.journal === undefined) return;
  if (entry.workers > 1) {
    const other = 'start more nodes on the same journal, or leave "journal" out';
    fail(["host", "workers"], `"host.workers" must be 1 for a host with a journal, not ${entry.workers}; ${other}`);
  }
  const { name, store } = entry.journal;
  const sameName = claims.take(["node", journalNameOf(entry)], entry);
  if (sameName !== undefined) {
    const taken = `"${journalNameOf(entry)}" is already the name of ${sameName.id} (${place(sameName)})`;
    fail(name === undefined ? ["journal"] : ["journal", "name"], `${taken}; give one of them another "journal.name"`);
  }
  if (store.driver === "lmdb") checkFile(entry, draft, ["journal", "path"], store.path, claims, root, report);
}

function checkFile(
  entry: Entry,
  draft: Draft,
  field: readonly string[],
  path: string,
  claims: Claims,
  root: string,
  report: Report,
): void {
  const first = claims.take(["lmdb", resolve(root, path)], entry);
  if (first === undefined) return;
  const message = `"${field.join(".")}" ${path} is also the file of ${first.id} (${place(first)}); each needs a file of its own`;
  report.problems.push(problemAt(draft, field, message));
}

function place(entry: Entry): string {
  return formatPlace(entry.position);
}

/** What is accepted but not done as written. */
export function advise(draft: Draft, report: Report): void {
  const warn = (path: string[], message: string) => report.warnings.push(problemAt(draft, path, message));
  const { auth } = draft.value;
  adviseSecurity(draft, warn);
  const { lifecycle } = draft.value;
  if (draft.kind === "process.supervisor" && !(isRecord(lifecycle) && lifecycle.auto_start === true))
    warn([], 'nothing starts this supervisor, as "lifecycle.auto_start" is not true');
  if (draft.kind === "temporal.client" && isRecord(auth)) {
    for (const [name, instead] of Object.entries({ api_key_env: "api_key", key_pem_env: "key_pem" })) {
      if (name in auth) warn(["auth", name], `"auth.${name}" is deprecated; write ${instead}: \${env:NAME}`);
    }
  }
}

function adviseSecurity({ kind, value: { lifecycle } }: Draft, warn: (path: string[], message: string) => void): void {
  const security = isRecord(lifecycle) ? lifecycle.security : undefined;
  if (!isRecord(security)) return;
  const path = ["lifecycle", "security"];
  if (kind !== "process.service" && kind !== "process.supervisor") {
    const carriers = "only a process.service or process.supervisor carries it";
    warn(path, `"lifecycle.security" means nothing to a ${kind} in this version; ${carriers}`);
    return;
  }
  for (const field of ["groups", "policies"].filter((name) => name in security)) {
    warn([...path, field], `"lifecycle.security.${field}" is not enforced: this version evaluates no policy`);
  }
}
