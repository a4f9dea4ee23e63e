import { administrator } from '../auth/authenticate.ts';
import { createServer, type ApiServer } from '../server/server.ts';
import type { AuditEntry } from '../server/context.ts';
import { type ControllerOptions, startControllers } from '../controllers/index.ts';
import { driveControllers } from './drive.ts';
import { makeCertificate } from './certificate.ts';
import { makeKubeconfig } from './kubeconfig.ts';
import { listen } from './listen.ts';
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
}

/** A server that listens. */
export interface StartedServer {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** Text of a kubeconfig file for the administrator. */
  readonly kubeconfig: string;
  readonly server: ApiServer;
  close(): Promise<void>;
}

/** Starts an embedded API server on the loopback address. */
export async function startApiServer(options: StartOptions = {}): Promise<StartedServer> {
  const token = options.token ?? newToken();
  const server = createServer({
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    tokens: new Map([[token, administrator]]),
    signingKey: newToken(),
    ...(options.noAuth === undefined ? {} : { noAuth: options.noAuth }),
    ...(options.audit === undefined ? {} : { audit: options.audit }),
  });
  const tls = options.insecure === true ? undefined : makeCertificate(systemClock.nowMs());
  const listening = await listen({
    handle: (request) => server.handle(request),
    port: options.port ?? 0,
    ...(tls === undefined ? {} : { tls }),
  });
  const stopControllers = driveControllers(
    startControllers(server.context, options.controllers),
    systemClock,
  );
  const trust = tls === undefined ? {} : { certificate: tls.certificate };
  return {
    url: listening.url,
    port: listening.port,
    token,
    kubeconfig: makeKubeconfig({ server: listening.url, token, ...trust }),
    server,
    close: () => {
      stopControllers();
      return listening.close();
    },
  };
}
