import { notAcceptable, notImplemented } from '../status/status-error.ts';

/** What an answer is written as. */
export type Form = 'object' | 'table' | 'partial' | 'partial-list';
export interface Accepted {
  readonly format: 'json' | 'yaml';
  readonly form: Form;
  readonly pretty: boolean;
  /** `v1` or `v1beta1` of meta.k8s.io, for the forms other than the object. */
  readonly version: string;
}

export interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const forms: Readonly<Record<string, Form>> = {
  Table: 'table',
  PartialObjectMetadata: 'partial',
  PartialObjectMetadataList: 'partial-list',
};
const protobuf = 'application/vnd.kubernetes.protobuf';
const offered = ['application/json', 'application/yaml', protobuf];
const served = offered.join(', ');
/** What most clients ask for, and what it is answered with. */
const plainJson = 'application/json';
const plainAnswer: Accepted = { format: 'json', form: 'object', pretty: false, version: 'v1' };

export function parseMediaTypes(header: string | undefined): MediaType[] {
  return (header ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [type = '', ...rest] = part.split(';').map((piece) => piece.trim());
      const parameters = new Map(
        rest.map((piece): [string, string] => {
          const [key = '', value = ''] = piece.split('=');
          return [key, value];
        }),
      );
      return { type: type.toLowerCase(), parameters };
    });
}

function formatOf(type: string): 'json' | 'yaml' | undefined {
  if (type === 'application/json' || type === '*/*' || type === 'application/*') return 'json';
  return type === 'application/yaml' ? 'yaml' : undefined;
}

function formOf(media: MediaType): Form | undefined {
  const as = media.parameters.get('as');
  if (as === undefined) return 'object';
  const version = media.parameters.get('v');
  if (media.parameters.get('g') !== 'meta.k8s.io') return undefined;
  return version === 'v1' || version === 'v1beta1' ? forms[as] : undefined;
}

/** Fails with 406, in the words of the library behind Kubernetes' paths, when no accepted media type is one of theirs. */
export function checkAcceptable(header: string | undefined, streams: boolean): void {
  if (header === plainJson) return;
  const wanted = parseMediaTypes(header);
  const isKnown = ({ type }: MediaType): boolean => type === '*/*' || offered.includes(type);
  if (wanted.length === 0 || wanted.some(isKnown)) return;
  const stream = `${offered[0] ?? ''};stream=watch, ${protobuf};stream=watch`;
  const all = streams ? `${served}, ${stream}` : served;
  throw notAcceptable(`406: Not Acceptable\n\nAvailable representations: ${all}`, {});
}

/** The first of the accepted media types that the server has; fails with 406 when it has none. */
export function negotiate(header: string | undefined): Accepted {
  if (header === plainJson) return plainAnswer;
  const wanted = parseMediaTypes(header);
  if (wanted.length === 0) return plainAnswer;
  for (const media of wanted) {
    const format = formatOf(media.type);
    const form = formOf(media);
    if (format === undefined || form === undefined) continue;
    const version = media.parameters.get('v') ?? 'v1';
    return { format, form, pretty: media.parameters.get('pretty') === '1', version };
  }
  if (wanted.some(({ type }) => type === protobuf)) throw notImplemented('an answer in protobuf');
  throw notAcceptable(`only the following media types are accepted: ${served}`);
}

/** Whether a watch can be written for an Accept header. */
export function negotiateStream(header: string | undefined): Accepted {
  const accepted = negotiate(header);
  if (accepted.format === 'json') return accepted;
  throw notAcceptable(
    'only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
  );
}
