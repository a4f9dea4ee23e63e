export { makeCertificate, type Certificate } from './certificate.ts';
export { driveControllers } from './drive.ts';
export { httpClient, httpTransport, type HttpClientOptions } from './http-transport.ts';
export { makeKubeconfig, type KubeconfigOptions } from './kubeconfig.ts';
export { listen, type Listening, type ListenOptions } from './listen.ts';
export {
  newToken,
  steadyClock,
  systemClock,
  systemRandom,
  systemTimers,
  type TimeSource,
} from './platform.ts';
export { startApiServer, type StartedServer, type StartOptions } from './start.ts';
export { readState, StateFileError, writeState, type LabState } from './state-file.ts';
