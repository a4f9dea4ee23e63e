const resources = ['applications', 'applicationsets', 'clusters', 'exec', 'logs', 'repositories'];
const actions = ['*', 'create', 'delete', 'get', 'override', 'sync', 'update'];
/** Anywhere in the text. */
const actionPattern = /(?:action|update|delete)\//;

/** Which role a policy stands in. */
export interface PolicyOwner {
  readonly project: string;
  readonly role: string;
}

/**
 * What Argo CD says is wrong with a policy of a project's role, or nothing.
 *
 * See `validatePolicy` in
 * https://github.com/argoproj/argo-cd/blob/v3.5.1/pkg/apis/application/v1alpha1/types.go
 */
export function policyFault(policy: string, { project, role }: PolicyOwner): string | undefined {
  const fault = partsFault(policy.split(',').map(trimBlanks), project, role);
  return fault === undefined ? undefined : `invalid policy rule '${policy}': ${fault}`;
}

function partsFault(parts: readonly string[], project: string, role: string): string | undefined {
  if (parts.length !== 6 || parts[0] !== 'p') {
    return "must be of the form: 'p, sub, res, act, obj, eft'";
  }
  const checks = [typeCheck, subjectCheck(project, role), resourceCheck, actionCheck];
  return [...checks, objectCheck(project), effectCheck]
    .map((check, index) => check(parts[index] ?? ''))
    .find((fault) => fault !== undefined);
}

type Check = (part: string) => string | undefined;

const typeCheck: Check = () => undefined;

function subjectCheck(project: string, role: string): Check {
  const owner = `proj:${project}:${role}`;
  return (subject) =>
    subject === owner ? undefined : `policy subject must be: '${owner}', not '${subject}'`;
}

const resourceCheck: Check = (resource) => {
  const known = "'applications', 'applicationsets', 'repositories', 'exec', 'logs' or 'clusters'";
  return resources.includes(resource)
    ? undefined
    : `project resource must be: ${known}, not '${resource}'`;
};

const actionCheck: Check = (action) =>
  actions.includes(action) || actionPattern.test(action) ? undefined : `invalid action '${action}'`;

function objectCheck(project: string): Check {
  const forms = `'${project}/*', '${project}[/<NAMESPACE>]/<APPNAME>' or '${project}/<APPNAME>'`;
  return (object) =>
    isObject(object, project) ? undefined : `object must be of form ${forms}, not '${object}'`;
}

const effectCheck: Check = (effect) =>
  effect === 'allow' || effect === 'deny' ? undefined : "effect must be: 'allow' or 'deny'";

/** `PROJECT/NAME`, or `PROJECT/NAMESPACE/NAME`; names may hold stars. */
function isObject(object: string, project: string): boolean {
  const rest = object.startsWith(project) ? object.slice(project.length) : '';
  return /^(?:\/[*\w.-]+)?\/[*\w.-]+$/.test(rest);
}

function trimBlanks(text: string): string {
  return text.replace(/^ +| +$/g, '');
}
