/** Connecting to a Temporal service: addresses, keys, time limits. What is said over the connection is elsewhere. */
import { Connection, type ConnectionOptions } from "@temporalio/client";
import { NativeConnection } from "@temporalio/worker";
import { type Failure, failure } from "../../mailbox/index.js";
import { grpc, grpcCode, grpcText } from "./rpc.js";
import { installRuntime } from "./runtime.js";

/** A temporal.client entry with its secrets read. Times in ms. */
export interface TemporalClientOptions {
  /** Registry id; the node part of the pids of its workflows. */
  readonly id: string;
  readonly address: string;
  readonly temporalNamespace: string;
  readonly connectionTimeoutMs?: number;
  readonly keepAliveTimeMs?: number;
  readonly keepAliveTimeoutMs?: number;
  readonly apiKey?: string;
  readonly tls?: {
    readonly caCertificate?: Uint8Array;
    readonly serverName?: string;
    readonly clientCertificate?: { readonly certificate: Uint8Array; readonly key: Uint8Array };
  };
  /** Ask the service for its health this often; unset: only the calls made anyway tell. */
  readonly healthCheckMs?: number;
}

export interface Connections {
  /** Calls from this node. */
  readonly client: Connection;
  /** Polls of the workers. */
  readonly native: NativeConnection;
}

const defaultTimeoutMs = 10_000;

/** Connect and look the namespace up, within the connection timeout as a whole. Never rejects. */
export async function connect(options: TemporalClientOptions): Promise<Connections | Failure> {
  const timeoutMs = options.connectionTimeoutMs || defaultTimeoutMs;
  const late = Symbol("late");
  let timer: NodeJS.Timeout | undefined;
  const opened: { client?: Connection; native?: NativeConnection } = {};
  const work = open(options, timeoutMs, opened);
  try {
    const first = await Promise.race([
      work,
      new Promise<typeof late>((resolve) => {
        timer = setTimeout(() => resolve(late), timeoutMs);
      }),
    ]);
    if (first !== late) return first;
    // Whatever still comes up now is of no use to anybody.
    void work.then(
      () => closeAll(opened),
      () => closeAll(opened),
    );
    return unanswered(options, `no answer within ${timeoutMs} ms`);
  } catch (error) {
    await closeAll(opened);
    return connectFailure(options, error);
  } finally {
    clearTimeout(timer);
  }
}

async function open(
  options: TemporalClientOptions,
  timeoutMs: number,
  opened: { client?: Connection; native?: NativeConnection },
): Promise<Connections> {
  installRuntime();
  const { address, apiKey } = options;
  const tls = tlsOf(options);
  const shared = { address, ...(tls === undefined ? {} : { tls }), ...(apiKey === undefined ? {} : { apiKey }) };
  const settings: ConnectionOptions = {
    ...shared,
    connectTimeout: timeoutMs,
    // Repeats are ours (rpc.ts): the SDK's would go on past our deadlines.
    interceptors: [],
    channelArgs: {
      "grpc.keepalive_time_ms": options.keepAliveTimeMs ?? 30_000,
      "grpc.keepalive_timeout_ms": options.keepAliveTimeoutMs ?? 10_000,
      "grpc.keepalive_permit_without_calls": 1,
    },
  };
  // First the one that says why it cannot connect; the other waits its whole time-out and gives no cause.
  const native = await NativeConnection.connect(shared);
  opened.native = native;
  const client = await Connection.connect(settings);
  opened.client = client;
  await client.withDeadline(Date.now() + timeoutMs, () =>
    client.workflowService.describeNamespace({ namespace: options.temporalNamespace }),
  );
  return { client, native };
}

async function closeAll(opened: { client?: Connection; native?: NativeConnection }): Promise<void> {
  await opened.client?.close();
  await opened.native?.close();
}

function tlsOf({ tls, apiKey }: TemporalClientOptions): ConnectionOptions["tls"] {
  if (tls === undefined) return apiKey === undefined ? undefined : true;
  const { caCertificate, serverName, clientCertificate: pair } = tls;
  return {
    ...(caCertificate === undefined ? {} : { serverRootCACertificate: caCertificate }),
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
    ...(pair === undefined ? {} : { clientCertPair: { crt: pair.certificate, key: pair.key } }),
  };
}

function connectFailure(options: TemporalClientOptions, error: unknown): Failure {
  const { id, address, temporalNamespace: namespace } = options;
  switch (grpcCode(error)) {
    case grpc.notFound:
      return failure("NOT_FOUND", `${id}: Temporal at ${address} has no namespace ${namespace}`, { retryable: false });
    case grpc.permissionDenied:
    case grpc.unauthenticated:
      return failure("PERMISSION_DENIED", `${id}: Temporal at ${address} refuses us: ${grpcText(error)}`, {
        retryable: false,
      });
    default:
      return unanswered(options, transportReason(grpcText(error)));
  }
}

/** The native client reports its whole chain of causes; the last one is what a person can act on. */
function transportReason(text: string): string {
  const known =
    /connection refused|failed to lookup address[^")]*|connection reset|timed out|invalid peer certificate[^")]*/i;
  return known.exec(text)?.[0].trim() ?? text;
}

function unanswered({ id, address }: TemporalClientOptions, why: string): Failure {
  return failure("UNAVAILABLE", `${id}: cannot reach Temporal at ${address}: ${why}`, {
    retryable: true,
    details: { address },
  });
}
