/** A subscription to process groups: what it knows of them, and the channel of what has changed. */
import type { GroupChange, GroupSnapshot, HoldRequest } from "../../../actors/index.js";
import type { Failure, Payload } from "../../../mailbox/index.js";
import type { Pushable } from "../../fengari.js";
import type { HostChannel, LuaProcess } from "../../owner.js";

export class Watch {
  readonly userdata: Pushable;
  private readonly channel: HostChannel;
  private readonly owner: LuaProcess;
  private readonly tag: number;
  private known: Map<string, string[]> | undefined;
  private readonly opened: (groups: ReadonlyMap<string, readonly string[]> | Failure) => void;
  private readonly ended: (watch: Watch) => void;

  /** `opened` is called once: with the groups as they are, from when on no change is missed, or with the reason why nothing will come. */
  constructor(
    owner: LuaProcess,
    what: Pick<HoldRequest, "operation" | "args">,
    opened: (groups: ReadonlyMap<string, readonly string[]> | Failure) => void,
    ended: (watch: Watch) => void,
  ) {
    this.owner = owner;
    this.opened = opened;
    this.ended = ended;
    // What a monitor tells may not be lost: like a mailbox, it holds what nobody has taken.
    const { channel, userdata } = owner.hostChannel(Number.POSITIVE_INFINITY);
    this.channel = channel;
    this.userdata = userdata;
    this.tag = owner.self.request({ kind: "hold", service: "pg", ...what });
    owner.onBrought(this.tag, (payload) => {
      if (!isSnapshot(payload)) return this.change(payload as unknown as GroupChange);
      const isFirst = this.known === undefined;
      this.compare(new Map(payload.groups.map(([group, pids]) => [group, [...pids]])));
      if (isFirst) opened(this.known!);
    });
    owner.onSettled(this.tag, (outcome) => {
      this.channel.close();
      this.ended(this);
      if (this.known === undefined && !outcome.ok) opened(outcome.error);
    });
  }

  /** What had arrived can still be received. Who waits for it to open is told `why` it will not. */
  close(why?: Failure): void {
    if (this.channel.closed) return;
    this.owner.drop(this.tag);
    this.channel.close();
    this.ended(this);
    if (this.known === undefined && why !== undefined) this.opened(why);
  }

  private change({ kind, group, pids }: GroupChange): void {
    const members = this.known?.get(group) ?? [];
    const changed = kind === "member.joined" ? [...members, ...pids] : without(members, pids);
    if (changed.length === 0) this.known?.delete(group);
    else this.known?.set(group, changed);
    this.tell(kind, group, pids);
  }

  /** After a restart of the node there is another snapshot: the program hears of what differs, as if it had been told one by one. */
  private compare(now: Map<string, string[]>): void {
    const { known } = this;
    this.known = now;
    if (known === undefined) return;
    for (const group of new Set([...known.keys(), ...now.keys()])) {
      const [before, after] = [known.get(group) ?? [], now.get(group) ?? []];
      this.tell("member.left", group, without(before, after));
      this.tell("member.joined", group, without(after, before));
    }
  }

  private tell(kind: GroupChange["kind"], group: string, pids: readonly string[]): void {
    if (pids.length === 0) return;
    this.channel.offer(
      this.owner.shared.fromPayload({ system: "pg", kind, path: group, data: { Group: group, PIDs: pids } }),
    );
  }
}

function isSnapshot(payload: Payload): payload is GroupSnapshot {
  return typeof payload === "object" && payload !== null && "groups" in payload;
}

/** What is left of the first list when each of the second is taken out once. */
function without(list: readonly string[], taken: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const pid of taken) counts.set(pid, (counts.get(pid) ?? 0) + 1);
  return list.filter((pid) => {
    const count = counts.get(pid) ?? 0;
    if (count > 0) counts.set(pid, count - 1);
    return count === 0;
  });
}
