import { X509Certificate } from 'node:crypto';
import { administrator } from '../auth/authenticate.ts';
import { createServer, type ApiServer } from '../server/server.ts';
import type { AuditEntry } from '../server/context.ts';
import { type ControllerOptions, startControllers } from '../controllers/index.ts';
import { driveControllers } from './drive.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import { makeKubeconfig } from './kubeconfig.ts';
import { listen } from './listen.ts';
import { type LabState, readState, writeState } from './state-file.ts';
import { newToken, systemClock, systemRandom, systemTimers } from './platform.ts';

export interface StartOptions {
  /** 0 takes a free port. */
  readonly port?: number;
  /** Token of the administrator; a new one when none is given. */
  readonly token?: string;
  /** Lets everybody in as the administrator. */
  readonly noAuth?: boolean;
  /** Plain HTTP, for tests that look at the wire. kubectl then sends no token. */
  readonly insecure?: boolean;
  readonly audit?: (entry: AuditEntry) => void;
  readonly controllers?: ControllerOptions;
  /**
   * File that keeps the server's state: it is read when it is there, and written by `save` and `close`. The
   * administrator's token, the tokens of service accounts and the certificate stay valid. StateFileError when it
   * holds something else.
   */
  readonly state?: string;
}

/** A server that listens. */
export interface StartedServer {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** Text of a kubeconfig file for the administrator. */
  readonly kubeconfig: string;
  readonly server: ApiServer;
  /** Writes the state to its file now, where there is one. */
  save(): Promise<void>;
  /** Saves, ends open watches and stops. */
  close(): Promise<void>;
}

/** What a server is known by: it is the same after it was saved and opened again. */
interface Identity {
  readonly token: string;
  readonly signingKey: string;
  readonly certificate: Certificate | undefined;
}

function identityOf(options: StartOptions, saved: LabState | undefined): Identity {
  return {
    token: options.token ?? saved?.token ?? newToken(),
    signingKey: saved?.signingKey ?? newToken(),
    certificate: options.insecure === true ? undefined : certificateOf(saved),
  };
}

function makeServer(options: StartOptions, { token, signingKey }: Identity): ApiServer {
  return createServer({
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    tokens: new Map([[token, administrator]]),
    signingKey,
    ...(options.noAuth === undefined ? {} : { noAuth: options.noAuth }),
    ...(options.audit === undefined ? {} : { audit: options.audit }),
  });
}

/** Starts an embedded API server on the loopback address. */
export async function startApiServer(options: StartOptions = {}): Promise<StartedServer> {
  const { state: path } = options;
  const saved = path === undefined ? undefined : await readState(path);
  const identity = identityOf(options, saved);
  const { certificate } = identity;
  const server = makeServer(options, identity);
  if (saved !== undefined) server.restore(saved.snapshot);
  const listening = await listen({
    handle: (request) => server.handle(request),
    port: options.port ?? 0,
    ...(certificate === undefined ? {} : { tls: certificate }),
  });
  const controllers = startControllers(server.context, options.controllers);
  if (saved !== undefined) controllers.resync();
  const stopControllers = driveControllers(controllers, systemClock);
  const save = inTurn(async () => {
    const savedAtMs = systemClock.nowMs();
    if (path !== undefined)
      await writeState(path, { ...identity, snapshot: server.snapshot(), savedAtMs });
  });
  const trust = certificate === undefined ? {} : { certificate: certificate.certificate };
  return {
    url: listening.url,
    port: listening.port,
    token: identity.token,
    kubeconfig: makeKubeconfig({ server: listening.url, token: identity.token, ...trust }),
    server,
    save,
    close: async () => {
      stopControllers();
      await listening.close();
      await save();
    },
  };
}

/** The saved certificate as long as it is valid for another month, else a new one. */
function certificateOf(saved: LabState | undefined): Certificate {
  const nowMs = systemClock.nowMs();
  const known = saved?.certificate;
  if (known !== undefined && isValidFor(known, nowMs + 30 * dayMs)) return known;
  return makeCertificate(nowMs);
}

const dayMs = 24 * 60 * 60 * 1000;

function isValidFor({ certificate }: Certificate, untilMs: number): boolean {
  try {
    return Date.parse(new X509Certificate(certificate).validTo) > untilMs;
  } catch {
    return false;
  }
}

/** Runs calls one after the other. */
function inTurn(run: () => Promise<void>): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.catch(() => undefined).then(run);
    return last;
  };
}
