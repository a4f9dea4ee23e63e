import { groupVersionKind, type KubeObject } from '@tidegate/core/argocd/sync';

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Images of a pod's containers; other kinds have none of their own. */
export function podImagesOf(object: KubeObject): readonly string[] {
  const { group, kind } = groupVersionKind(object);
  if (group !== '' || kind !== 'Pod') return [];
  const spec = fields(object['spec']);
  return [...items(spec['initContainers']), ...items(spec['containers'])].map((container) =>
    text(fields(container)['image']),
  );
}

const linkPrefix = 'link.argocd.argoproj.io/';

/** Links of an object: those in its annotations, and the addresses that an Ingress serves. */
export function externalUrlsOf(object: KubeObject): readonly string[] {
  return [...linksOf(object), ...(isIngress(object) ? ingressUrls(object) : [])];
}

/** Links that annotations give. */
export function linksOf(object: Pick<KubeObject, 'metadata'>): readonly string[] {
  return Object.entries(object.metadata?.annotations ?? {})
    .filter(([key]) => key.startsWith(linkPrefix))
    .map(([, value]) => value);
}

function isIngress(object: KubeObject): boolean {
  const { group, kind } = groupVersionKind(object);
  return group === 'networking.k8s.io' && kind === 'Ingress';
}

/** Source: `populateIngressInfo` in controller/cache/info.go. */
function ingressUrls(object: KubeObject): string[] {
  const spec = fields(object['spec']);
  const secured = new Set(
    items(spec['tls']).flatMap((entry) => items(fields(entry)['hosts']).map(text)),
  );
  const tlsForAll = items(spec['tls']).length > 0 && secured.size === 0;
  const addresses = items(fields(fields(object['status'])['loadBalancer'])['ingress'])
    .map(fields)
    .map((address) => text(address['hostname']) || text(address['ip']))
    .filter((address) => address !== '');
  const urls = items(spec['rules']).flatMap((entry) => {
    const rule = fields(entry);
    const host = text(rule['host']);
    const hosts = host === '' ? addresses : [host];
    const paths = items(fields(rule['http'])['paths']).map((path) => text(fields(path)['path']));
    const scheme = secured.has(host) || tlsForAll ? 'https' : 'http';
    return hosts.flatMap((name) => paths.map((path) => urlOf(scheme, name, path)));
  });
  return [...new Set(urls)];
}

function urlOf(scheme: string, host: string, path: string): string {
  const plain = path.replace(/\*$/, '').replace(/\/$/, '');
  return plain === '' ? `${scheme}://${host}` : `${scheme}://${host}${plain}`;
}
