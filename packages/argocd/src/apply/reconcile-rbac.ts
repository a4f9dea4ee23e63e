import {
  asArray,
  asObject,
  asString,
  at,
  equal,
  isConflict,
  isNotFound,
  withAt,
  type Json,
  type JsonObject,
} from '@tidegate/kube';
import {
  type ApplyContext,
  type Destination,
  KubectlError,
  liveOf,
  sent,
  textOf,
} from './context.ts';
import { cleanFailure, printedName, resultMessage } from './kubectl-text.ts';
import { printRule, readRules, uncovered, writeRule } from './rbac-rules.ts';

/** What has to be done so that a role or binding gives what is wanted. */
interface Reconciliation {
  readonly operation: 'none' | 'create' | 'update' | 'recreate';
  readonly object: JsonObject;
  /** What was missing, as it is printed. */
  readonly missing: readonly string[];
  /** Whether the object says that it does not want to be updated. */
  readonly isProtected: boolean;
}

/**
 * Brings a role or a binding up to what is wanted, adding only, before it is applied: a binding whose
 * role differs is made anew, since that cannot be changed. Answers what kubectl prints. Throws
 * KubectlError. Source: `rbacReconcile` in gitops-engine/pkg/utils/kube/resource_ops.go and
 * `kubectl auth reconcile`.
 */
export async function reconcileRbac(
  context: ApplyContext,
  destination: Destination,
  dryRun: boolean,
): Promise<string> {
  try {
    if (!dryRun) await requireNamespace(context, destination);
    const result = await reconcile(context, destination, dryRun);
    const suffix = dryRun ? ' (dry run)' : '';
    return resultMessage({
      out: `${printedName(destination.object)} reconciled${suffix}\n`,
      err: report(result, asString(destination.object['kind'])),
    });
  } catch (error) {
    throw new KubectlError(`error running kubectl auth reconcile: ${cleanFailure(textOf(error))}`, {
      cause: error,
    });
  }
}

/** The reconciliation would make the namespace, which is not wanted. */
async function requireNamespace(
  { client }: ApplyContext,
  { resource, ref }: Destination,
): Promise<void> {
  if (!resource.namespaced || ref.namespace === undefined) return;
  try {
    await client.get({ apiVersion: 'v1', plural: 'namespaces' }, { name: ref.namespace });
  } catch (error) {
    throw new KubectlError(`error getting namespace ${ref.namespace}: ${textOf(error)}`);
  }
}

const attempts = 4;

async function reconcile(
  context: ApplyContext,
  destination: Destination,
  dryRun: boolean,
): Promise<Reconciliation> {
  for (let attempt = 1; ; attempt += 1) {
    const live = await liveOf(context, destination);
    const result = compute(sent(destination), live);
    if (dryRun || result.isProtected) return result;
    try {
      await write(context, destination, { result, live });
      return result;
    } catch (error) {
      if (attempt >= attempts || !changedMeanwhile(error, result)) throw error;
    }
  }
}

/** Whether the object came, went or was changed by others since it was read. */
function changedMeanwhile(error: unknown, { operation }: Reconciliation): boolean {
  return isConflict(error) || (operation !== 'create' && isNotFound(error));
}

async function write(
  { client }: ApplyContext,
  { resource, ref }: Destination,
  { result, live }: { readonly result: Reconciliation; readonly live: JsonObject | undefined },
): Promise<void> {
  switch (result.operation) {
    case 'none':
      return;
    case 'update':
      await client.update(resource.type, result.object);
      return;
    case 'recreate': {
      const uid = asString(at(live, 'metadata', 'uid'));
      await client.delete(resource.type, ref, { preconditions: { uid } });
      await client.create(resource.type, result.object);
      return;
    }
    case 'create':
      await client.create(resource.type, result.object);
  }
}

function isRole(object: JsonObject): boolean {
  return asString(object['kind']).endsWith('Role');
}

function compute(wanted: JsonObject, live: JsonObject | undefined): Reconciliation {
  if (live === undefined) {
    const missing = isRole(wanted)
      ? readRules(wanted['rules']).map(printRule)
      : asArray(wanted['subjects']).map(printSubject);
    return { operation: 'create', object: wanted, missing, isProtected: false };
  }
  const optedOut = at(
    live,
    'metadata',
    'annotations',
    'rbac.authorization.kubernetes.io/autoupdate',
  );
  const isProtected = optedOut === 'false';
  if (!isRole(wanted) && !equal(wanted['roleRef'], live['roleRef']))
    return { operation: 'recreate', object: wanted, missing: [], isProtected };
  const marked = ['annotations', 'labels'].reduce(
    (object, key) => withMarks(object, wanted, key),
    live,
  );
  const { object, missing } = isRole(wanted)
    ? withRules(marked, wanted)
    : withSubjects(marked, wanted);
  const operation = equal(object, live) ? 'none' : 'update';
  return { operation, object, missing, isProtected };
}

/** Annotations or labels that are wanted are added; what is there stays. */
function withMarks(object: JsonObject, wanted: JsonObject, key: string): JsonObject {
  const given = at(wanted, 'metadata', key);
  if (given === undefined || given === null) return object;
  const all = { ...asObject(given), ...asObject(at(object, 'metadata', key)) };
  return withAt(object, ['metadata', key], all);
}

interface Grown {
  readonly object: JsonObject;
  readonly missing: readonly string[];
}

function withRules(object: JsonObject, wanted: JsonObject): Grown {
  const owned = readRules(object['rules']);
  const missing = uncovered(owned, readRules(wanted['rules']));
  const selectors = asArray(at(object, 'aggregationRule', 'clusterRoleSelectors'));
  const more = missingEntries(
    selectors,
    asArray(at(wanted, 'aggregationRule', 'clusterRoleSelectors')),
  );
  const aggregated =
    more.length === 0
      ? object
      : withAt(object, ['aggregationRule', 'clusterRoleSelectors'], [...selectors, ...more]);
  const rules = [...asArray(object['rules']), ...missing.map(writeRule)];
  return {
    object: missing.length === 0 ? aggregated : { ...aggregated, rules },
    missing: missing.map(printRule),
  };
}

function withSubjects(object: JsonObject, wanted: JsonObject): Grown {
  const subjects = asArray(object['subjects']);
  const missing = missingEntries(subjects, asArray(wanted['subjects']));
  return {
    object: missing.length === 0 ? object : { ...object, subjects: [...subjects, ...missing] },
    missing: missing.map(printSubject),
  };
}

function missingEntries(present: readonly Json[], wanted: readonly Json[]): Json[] {
  return wanted.filter((entry) => !present.some((other) => equal(other, entry)));
}

/** A subject as Go prints it. */
function printSubject(subject: Json): string {
  const part = (key: string): string => asString(asObject(subject)[key]);
  return `{Kind:${part('kind')} APIGroup:${part('apiGroup')} Name:${part('name')} Namespace:${part('namespace')}}`;
}

function report(result: Reconciliation, kind: string): string {
  if (result.operation === 'none') return '';
  const caveat = result.isProtected
    ? ', but object opted out (rbac.authorization.kubernetes.io/autoupdate: false)'
    : '';
  const lines = [`\treconciliation required ${result.operation}${caveat}`];
  if (result.missing.length > 0) {
    lines.push(kind.endsWith('Role') ? '\tmissing rules added:' : '\tmissing subjects added:');
    lines.push(...result.missing.map((entry) => `\t\t${entry}`));
  }
  return lines.map((line) => `${line}\n`).join('');
}
