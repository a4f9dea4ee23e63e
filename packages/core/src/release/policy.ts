import type { Environment } from '../model/network.ts';
import type { ReleaseRepository } from '../ports/release-repository.ts';
import { brokenRules } from './compatibility.ts';
import { downgrades } from './downgrades.ts';
import { activeFreeze } from './freeze.ts';
import type { PlanOptions, ReleaseDraft } from './plan-release.ts';

/** Why a release must not be cut, and the way out. */
export interface Refusal {
  /** Which gate refuses. */
  readonly gate: string;
  readonly reason: string;
  readonly hint: string;
}

/** Refuses what the definition does not allow. A rollback is the way out of trouble: little stops it. */
export async function policyRefusals(
  repository: ReleaseRepository,
  draft: ReleaseDraft,
  options: PlanOptions,
): Promise<Refusal[]> {
  if (draft.request.kind === 'rollback') return nodeRefusals(draft);
  const common = [...freezeRefusals(draft, options), ...compatibilityRefusals(draft)];
  if (draft.request.kind === 'release') return [...firstRefusals(draft), ...common];
  const order = orderRefusals(draft.environment, draft.request.source);
  if (order.length > 0) return order;
  return [
    ...common,
    ...downgradeRefusals(draft, options),
    ...(await soakRefusals(repository, draft, options)),
  ];
}

/** The ApplicationSets take the nodes from the values revision: a rollback cannot have others. */
function nodeRefusals({ source, nodes, environment, request }: ReleaseDraft): Refusal[] {
  const then = source?.nodes ?? [];
  const added = nodes.filter((node) => !then.includes(node));
  const gone = then.filter((node) => !nodes.includes(node));
  if (added.length + gone.length === 0 || request.kind !== 'rollback') return [];
  const parts = [
    ...(added.length > 0 ? [`${added.join(', ')} came since`] : []),
    ...(gone.length > 0 ? [`${gone.join(', ')} left since`] : []),
  ];
  return [
    {
      gate: 'nodes',
      reason: `release ${request.to} had other nodes: ${parts.join(', ')}`,
      hint: `promote the versions that you want instead, and edit the values of "${environment.name}"`,
    },
  ];
}

function firstRefusals({ environment, newest }: ReleaseDraft): Refusal[] {
  const { name, promotesFrom } = environment;
  if (promotesFrom === undefined || newest !== undefined) return [];
  return [
    {
      gate: 'order',
      reason: `"${name}" was never released; its first release is a promotion`,
      hint: `tidegate promote ${promotesFrom} ${name}`,
    },
  ];
}

function orderRefusals({ name, promotesFrom }: Environment, source: string): Refusal[] {
  if (promotesFrom === source) return [];
  const gate = 'order';
  if (source === name) {
    return [{ gate, reason: `"${name}" cannot be promoted into itself`, hint: releaseHint(name) }];
  }
  if (promotesFrom === undefined) {
    return [
      {
        gate,
        reason: `nothing is promoted into "${name}": builds write its versions`,
        hint: releaseHint(name),
      },
    ];
  }
  return [
    {
      gate,
      reason: `"${name}" is promoted from "${promotesFrom}", not from "${source}"`,
      hint: `tidegate promote ${promotesFrom} ${name}`,
    },
  ];
}

function releaseHint(environment: string): string {
  return `release its values and nodes with "tidegate release ${environment}"`;
}

function freezeRefusals({ environment }: ReleaseDraft, { nowMs }: PlanOptions): Refusal[] {
  const freeze = activeFreeze(environment.gates.freezes, nowMs);
  if (freeze === undefined) return [];
  const { reason } = freeze.period;
  return [
    {
      gate: 'freeze',
      reason: `"${environment.name}" is frozen until ${formatTime(freeze.endMs)}${reason === undefined ? '' : ` (${reason})`}`,
      hint: 'wait for its end, or change environments.*.gates.freezes in tidegate.yaml',
    },
  ];
}

function compatibilityRefusals({ network, versions }: ReleaseDraft): Refusal[] {
  return brokenRules(network.compatibility, versions).map((reason) => ({
    gate: 'compatibility',
    reason,
    hint: 'release versions that fit together, or change "compatibility" in tidegate.yaml',
  }));
}

function downgradeRefusals(draft: ReleaseDraft, { allowDowngrade }: PlanOptions): Refusal[] {
  const { environment, newest, versions } = draft;
  if (newest === undefined || allowDowngrade === true || environment.gates.allowDowngrades) {
    return [];
  }
  const lower = downgrades(newest.versions, versions);
  if (lower.length === 0) return [];
  const shown = lower.map(
    ({ name, field, from, to }) =>
      `${name} ${field === 'chartVersion' ? 'chart' : 'image'} from ${from} to ${to}`,
  );
  return [
    {
      gate: 'downgrade',
      reason: `it would lower ${shown.join(', ')}`,
      hint: `if that is meant, add --allow-downgrade; to undo a release: tidegate rollback ${environment.name} --to <n>`,
    },
  ];
}

async function soakRefusals(
  repository: ReleaseRepository,
  { environment, source, request }: ReleaseDraft,
  { nowMs }: PlanOptions,
): Promise<Refusal[]> {
  const { soakSeconds } = environment.gates;
  if (soakSeconds === 0 || source === undefined || request.kind !== 'promotion') return [];
  const tag = await repository.tag(request.source, source.number);
  const readyMs = (tag?.dateMs ?? nowMs) + soakSeconds * 1000;
  if (readyMs <= nowMs) return [];
  return [
    {
      gate: 'soak',
      reason: `${source.tag} has not been out for ${formatHours(soakSeconds)} yet`,
      hint: `it may be promoted from ${formatTime(readyMs)} on; an older release can be picked with --release`,
    },
  ];
}

function formatTime(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace(/:\d\d\.\d{3}Z$/, ' UTC')
    .replace('T', ' ');
}

function formatHours(seconds: number): string {
  const hours = seconds / 3600;
  return Number.isInteger(hours) ? `${hours} h` : `${Math.ceil(seconds / 60)} min`;
}
