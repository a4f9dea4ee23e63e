import { asString, at, type JsonObject } from '@tidegate/kube';

/** The annotation in which kubectl keeps what it applied last. */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** How kubectl names an object in what it prints: `configmap/a`, `deployment.apps/web`. */
export function printedName(object: JsonObject): string {
  const apiVersion = asString(object['apiVersion']);
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : `.${apiVersion.slice(0, slash)}`;
  const name = asString(at(object, 'metadata', 'name')) || '<unknown>';
  return `${asString(object['kind']).toLowerCase()}${group}/${name}`;
}

/** What kubectl printed to its two outputs. */
export interface Printed {
  readonly out: string;
  readonly err?: string;
}

/** Both outputs as the message of a result. Source: `handleLogOutput` in resource_ops.go. */
export function resultMessage({ out, err = '' }: Printed): string {
  return [out, err]
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .join('. ');
}

/**
 * A failure of kubectl as Argo CD shows it.
 * Source: `cleanKubectlOutput` in gitops-engine/pkg/utils/kube/kube.go.
 */
export function cleanFailure(text: string): string {
  return text
    .trim()
    .replace(/^(error: )?(error validating|error when creating) "\S+": /, '')
    .replace(/map\[.*\]/g, '')
    .replace(/^error when applying patch:[^]*\nfor: "\S+": /, '')
    .replaceAll(
      '; if you choose to ignore these errors, turn validation off with --validate=false',
      '',
    );
}

/** What kubectl says of an object that it cannot find a resource for. */
export function noMapping(object: JsonObject, file: string): string {
  const name = JSON.stringify(asString(at(object, 'metadata', 'name')));
  const namespace = JSON.stringify(asString(at(object, 'metadata', 'namespace')));
  const kind = JSON.stringify(asString(object['kind']));
  const version = JSON.stringify(asString(object['apiVersion']));
  return `resource mapping not found for name: ${name} namespace: ${namespace} from "${file}": no matches for kind ${kind} in version ${version}\nensure CRDs are installed first`;
}

/** The warning about an object that kubectl did not make. `resource` is such as `configmaps/a`. */
export function notApplied(resource: string): string {
  // The name of the program stands here; Argo CD has none.
  const program = '';
  return `Warning: resource ${resource} is missing the ${lastAppliedAnnotation} annotation which is required by ${program} apply. ${program} apply should only be used on resources created declaratively by either ${program} create --save-config or ${program} apply. The missing annotation will be patched automatically.\n`;
}

/** The warning about an object that is going away. */
export function leaving(object: JsonObject): string {
  if (asString(at(object, 'metadata', 'deletionTimestamp')) === '') return '';
  const name = asString(at(object, 'metadata', 'name'));
  return `Warning: Detected changes to resource ${name} which is currently being deleted.\n`;
}
