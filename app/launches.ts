/** How the process of a service is started: any entry, or a supervision tree. What is done about its end is in services.ts. */
import {
  type Client,
  type Outcome,
  type PayloadRecord,
  supervisorArgs,
  supervisorEntry,
  supervisorPatienceMs,
  supervisorRequest,
  supervisorTopic,
} from "../actors/index.js";
import { type Pid, parsePid, toPayload } from "../mailbox/index.js";
import type { EntryOf } from "./entries.js";
import { securityContext } from "./security.js";

export type ServiceEntry = EntryOf<"process.service"> | EntryOf<"process.supervisor">;

/**
 * Start it once, monitored by the client; `done` gets the pid's text, or why it did not start. The result is called when that takes
 * too long. By a callback and not a promise: a child that ends at once is heard of before any promise settles.
 */
export type Launch = (client: Client, done: (outcome: Outcome) => void) => () => void;

/** On a durable host it bears the id of the entry as its name, and one that lives is what is started. */
export function launchOf(entry: ServiceEntry, isDurable: boolean): Launch {
  return entry.kind === "process.supervisor" ? launchTree(entry, isDurable) : launchProcess(entry, isDurable);
}

function launchProcess(
  { id, process, host, input, lifecycle }: EntryOf<"process.service">,
  isDurable: boolean,
): Launch {
  const args = input.map((item) => toPayload(item));
  const options = { monitor: true, context: securityContext(lifecycle.security), ...(isDurable ? { name: id } : {}) };
  return (client, done) => {
    client.start((self) => self.spawn(process, host, args, options), done);
    return () => {};
  };
}

/**
 * A tree has started when all of its children have; one that lives on a durable host has, and goes on only after its node has started.
 * In memory it registers its own name, so that there are no two.
 */
function launchTree({ id, spec, host, lifecycle }: EntryOf<"process.supervisor">, isDurable: boolean): Launch {
  const tree = spec as PayloadRecord;
  const named = isDurable ? tree : { ...tree, name: id };
  const args = supervisorArgs(named, { attended: true, bound: false });
  const options = { monitor: true, context: securityContext(lifecycle.security), ...(isDurable ? { name: id } : {}) };
  return (client, done) => {
    let isAbandoned = false;
    let lives = false;
    let pid: Pid | undefined;
    let forget = (): void => {};
    const end = (): void => {
      if (pid !== undefined && !isDurable) void client.terminate(pid);
    };
    if (isDurable)
      client.start(
        (self) => self.request({ kind: "lookup", name: id }),
        (found) => {
          lives = found.ok;
        },
      );
    client.start(
      (self) => self.spawn(supervisorEntry, host, args, options),
      (spawned) => {
        pid = spawned.ok ? parsePid(String(spawned.value)) : undefined;
        const to = pid;
        if (isAbandoned) end();
        else if (to === undefined || lives) done(spawned);
        else
          forget = client.start(
            (self) => self.call(to, supervisorTopic, [supervisorRequest("started")], supervisorPatienceMs),
            (started) => done(started.ok ? spawned : started),
          );
      },
    );
    return () => {
      isAbandoned = true;
      forget();
      end();
    };
  };
}
