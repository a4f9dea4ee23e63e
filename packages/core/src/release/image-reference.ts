/** An image as registries know it. */
export interface ImageReference {
  /** The registry, with its port if it has one; `docker.io` where the reference names none. */
  readonly host: string;
  readonly repository: string;
  readonly tag: string | undefined;
  /** With its algorithm, such as `sha256:…`. Where there is one, the tag says nothing. */
  readonly digest: string | undefined;
}

/** The registry of references that name none. */
const defaultRegistry = 'docker.io';

const referenceLengthMax = 1024;
const nameLengthMax = 255;
const portMax = 65_535;

const hostLabel = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const hostPattern = new RegExp(
  String.raw`^(?:${hostLabel}(?:\.${hostLabel})*|\[[0-9a-f:]+\])(?::(\d{1,5}))?$`,
);
const repositoryPart = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;
const tagPattern = /^\w[-.\w]{0,127}$/;
const digestPattern = /^[a-z0-9]+(?:[-_+.][a-z0-9]+)*:[0-9a-f]{32,}$/;

/**
 * Reads an image reference as a pod has it: `artifactory.example.com/dlt/backend:v2.1.0`, or
 * `nginx:1.27` for `docker.io/library/nginx:1.27`. Undefined when it is none.
 */
export function parseImageReference(text: string): ImageReference | undefined {
  if (text.length > referenceLengthMax) return undefined;
  const [named = '', digest, ...more] = text.split('@');
  if (more.length > 0 || (digest !== undefined && !isDigest(digest))) return undefined;
  const { name, tag } = splitTag(named);
  if (name.length > nameLengthMax || (tag !== undefined && !tagPattern.test(tag))) return undefined;
  const { host, repository } = splitHost(name);
  return isHost(host) && isRepository(repository) ? { host, repository, tag, digest } : undefined;
}

/** A colon after the last slash begins a tag; one before it, a port. */
function splitTag(named: string): { name: string; tag: string | undefined } {
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  return colon === -1
    ? { name: named, tag: undefined }
    : { name: named.slice(0, colon), tag: named.slice(colon + 1) };
}

/** As container runtimes do: what is before the first slash is a host if it looks like one. */
function splitHost(name: string): { host: string; repository: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const isNamed = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const named = isNamed ? first.toLowerCase() : defaultRegistry;
  const host = named === 'index.docker.io' ? defaultRegistry : named;
  const rest = isNamed ? name.slice(slash + 1) : name;
  const isOfficial = host === defaultRegistry && !rest.includes('/');
  return { host, repository: isOfficial ? `library/${rest}` : rest };
}

function isHost(host: string): boolean {
  const match = hostPattern.exec(host);
  if (match === null) return false;
  const port = match[1] === undefined ? 1 : Number(match[1]);
  return port >= 1 && port <= portMax;
}

function isRepository(repository: string): boolean {
  return repository.split('/').every((part) => repositoryPart.test(part));
}

function isDigest(digest: string): boolean {
  return digest.startsWith('sha256:')
    ? /^sha256:[0-9a-f]{64}$/.test(digest)
    : digestPattern.test(digest);
}
