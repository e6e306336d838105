/** Which limit the mailbox of a process has: its own entry's, or that of the host it runs on. */
import type { MailboxLimit } from "../mailbox/index.js";
import type { AppConfig, EntryOf } from "./entries.js";

export function mailboxLimits(
  config: AppConfig,
  host: Pick<EntryOf<"process.host">, "mailbox">,
): (entry: string) => MailboxLimit | undefined {
  return (id) => {
    const entry = config.entries.get(id);
    return (entry?.kind === "process.lua" ? entry.mailbox : undefined) ?? host.mailbox;
  };
}
