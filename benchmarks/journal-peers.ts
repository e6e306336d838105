/** The peers of a journal on Redis, on the same server: a job queue (BullMQ), and a stream by hand (ioredis). */
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { type Measured, percentiles } from "./harness.js";
import type { Subject } from "./rounds.js";
import type { BenchRedis } from "./servers.js";

const batch = 100;

/** Each message on its way carries what a job or a journaled message carries. */
const body = { topic: "n", value: 1 };

export interface Peers {
  readonly subjects: readonly Subject[];
  close(): Promise<void>;
}

export async function openPeers(redis: BenchRedis, label: string, senders: number): Promise<Peers> {
  const jobs = await Jobs.open(redis);
  const stream = await Stream.open(redis);
  return {
    subjects: [
      { ...rate(label), subject: "bullmq", count: 20_000, run: (count) => jobs.many(count, senders) },
      { ...rate(label), subject: "raw-stream", count: 100_000, run: (count) => stream.many(count, senders) },
      { ...latency(label), subject: "bullmq", count: 2_000, run: (count) => jobs.each(count) },
      { ...latency(label), subject: "raw-stream", count: 2_000, run: (count) => stream.each(count) },
    ],
    close: async () => {
      await jobs.close();
      await stream.close();
    },
  };
}

export const rate = (label: string): Pick<Subject, "workload" | "unit"> => ({
  workload: `${label} many`,
  unit: "messages/s",
});

export const latency = (label: string): Pick<Subject, "workload" | "unit"> => ({
  workload: `${label} one at a time`,
  unit: "messages/s",
});

/** Calls back when so many have been noted. */
class Countdown {
  private left = 0;
  private over: () => void = () => {};

  await(count: number): Promise<void> {
    this.left = count;
    return new Promise((resolve) => {
      this.over = resolve;
    });
  }

  note(count: number): void {
    this.left -= count;
    if (this.left === 0) this.over();
    if (this.left < 0) throw new Error("more has arrived than was sent");
  }
}

/** Jobs of BullMQ: added in bulk, done when their worker says `completed`. */
class Jobs {
  private readonly queue: Queue;
  private readonly worker: Worker;
  private readonly done = new Countdown();

  private constructor({ port }: BenchRedis) {
    const connection = { host: "127.0.0.1", port, maxRetriesPerRequest: null };
    const keep = { removeOnComplete: true, removeOnFail: true };
    this.queue = new Queue("bench", { connection, defaultJobOptions: keep });
    this.worker = new Worker("bench", async () => undefined, { connection, concurrency: batch });
    this.worker.on("completed", () => this.done.note(1));
    this.worker.on("error", (error) => {
      throw error;
    });
  }

  static async open(redis: BenchRedis): Promise<Jobs> {
    const jobs = new Jobs(redis);
    await Promise.all([jobs.queue.waitUntilReady(), jobs.worker.waitUntilReady()]);
    return jobs;
  }

  async many(count: number, senders: number): Promise<void> {
    const done = this.done.await(count);
    let left = count;
    const send = async (): Promise<void> => {
      while (left > 0) {
        const size = Math.min(batch, left);
        left -= size;
        await this.queue.addBulk(Array.from({ length: size }, () => ({ name: body.topic, data: body.value })));
      }
    };
    await Promise.all(Array.from({ length: senders }, send));
    await done;
  }

  async each(count: number): Promise<readonly Measured[]> {
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const start = performance.now();
      const done = this.done.await(1);
      await this.queue.add(body.topic, body.value);
      await done;
      times.push(performance.now() - start);
    }
    return percentiles(times);
  }

  async close(): Promise<void> {
    await this.worker.close();
    await this.queue.close();
  }
}

const key = "bench-stream";
const group = "bench";

/** XADD in pipelines of a batch; XREADGROUP of a batch, then XACK and XDEL of it. Done when acknowledged and deleted. */
class Stream {
  private readonly sender: Redis;
  private readonly receiver: Redis;
  private readonly done = new Countdown();
  private isClosing = false;
  private reading: Promise<void> = Promise.resolve();

  private constructor({ url }: BenchRedis) {
    this.sender = new Redis(url);
    this.receiver = new Redis(url);
  }

  static async open(redis: BenchRedis): Promise<Stream> {
    const stream = new Stream(redis);
    await stream.sender.xgroup("CREATE", key, group, "$", "MKSTREAM");
    stream.reading = stream.read();
    return stream;
  }

  async many(count: number, senders: number): Promise<void> {
    const done = this.done.await(count);
    let left = count;
    const send = async (): Promise<void> => {
      while (left > 0) {
        const size = Math.min(batch, left);
        left -= size;
        await this.add(size);
      }
    };
    await Promise.all(Array.from({ length: senders }, send));
    await done;
  }

  async each(count: number): Promise<readonly Measured[]> {
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const start = performance.now();
      const done = this.done.await(1);
      await this.add(1);
      await done;
      times.push(performance.now() - start);
    }
    return percentiles(times);
  }

  async close(): Promise<void> {
    this.isClosing = true;
    await this.reading;
    await Promise.all([this.sender.quit(), this.receiver.quit()]);
  }

  private async add(size: number): Promise<void> {
    const pipeline = this.sender.pipeline();
    for (let i = 0; i < size; i++) pipeline.xadd(key, "*", "d", JSON.stringify(body));
    for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
  }

  private async read(): Promise<void> {
    const { receiver } = this;
    while (!this.isClosing) {
      const answer = await receiver.xreadgroup(
        "GROUP",
        group,
        "one",
        "COUNT",
        batch,
        "BLOCK",
        200,
        "STREAMS",
        key,
        ">",
      );
      const entries = (answer as [string, [string, string[]][]][] | null)?.[0]?.[1];
      if (entries === undefined) continue;
      const ids = entries.map(([id, fields]) => {
        if ((JSON.parse(fields[1]!) as typeof body).value !== body.value) throw new Error("a message was damaged");
        return id;
      });
      const settle = receiver
        .pipeline()
        .xack(key, group, ...ids)
        .xdel(key, ...ids)
        .exec();
      // The next batch is asked for at once, on the same connection.
      void settle.then((results) => {
        for (const [error, count] of results ?? []) if (error || count !== ids.length) throw error ?? new Error("lost");
        this.done.note(ids.length);
      });
    }
  }
}
