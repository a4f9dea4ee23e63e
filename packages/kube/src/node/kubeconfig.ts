import { stringify } from 'yaml';

export interface KubeconfigOptions {
  readonly server: string;
  readonly token?: string;
  /** Certificate of the server, which clients are to trust. */
  readonly certificate?: string;
}

/** A kubeconfig file for one server and user. */
export function makeKubeconfig(options: KubeconfigOptions): string {
  const name = 'tidegate';
  const trust =
    options.certificate === undefined
      ? {}
      : { 'certificate-authority-data': Buffer.from(options.certificate).toString('base64') };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server: options.server, ...trust } }],
    users: [{ name, user: options.token === undefined ? {} : { token: options.token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}
