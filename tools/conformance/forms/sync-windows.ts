import {
  canSync,
  inactiveAllows,
  matchWindows,
  parseMoment,
  windowFault,
  windowListFault,
  windowStates,
  type SyncWindow,
} from '../../../packages/core/src/argocd/windows/index.ts';
import { differences, missingText } from '../compare.ts';
import { defineForm, type ConformanceForm, type Difference } from '../form.ts';

interface WindowsCase {
  readonly windows: readonly SyncWindow[];
  readonly now: string;
  readonly isManual?: boolean;
  readonly operationStartTime?: string;
  readonly app?: {
    readonly name: string;
    readonly namespace?: string;
    readonly server?: string;
    readonly clusterName?: string;
  };
  readonly expected: {
    readonly canSync?: boolean;
    readonly active?: readonly number[];
    readonly inactiveAllows?: readonly number[];
    readonly matches?: readonly number[];
    readonly error?: boolean;
    readonly errorContains?: string | readonly string[];
  };
}

function momentOf(text: string): bigint {
  const moment = parseMoment(text);
  if (moment === undefined) throw new Error(`${JSON.stringify(text)} is no time`);
  return moment;
}

function runCase(one: WindowsCase): Difference[] {
  const { app, expected } = one;
  const application = app && {
    name: app.name,
    destination: {
      namespace: app.namespace ?? '',
      server: app.server ?? '',
      name: app.clusterName ?? '',
    },
  };
  const matched =
    application && matchWindows(one.windows, application).filter(({ matches }) => matches);
  const windows = matched?.map(({ window }) => window) ?? one.windows;
  const got = answerOf(one, windows);
  const wanted = {
    canSync: expected.canSync,
    active: expected.active,
    inactiveAllows: expected.inactiveAllows,
    matches: expected.matches,
  };
  const answers = { ...got.answers, matches: matched?.map(({ index }) => index) };
  return [
    ...Object.entries(wanted)
      .filter(([, value]) => value !== undefined)
      .flatMap(([key, value]) =>
        differences(value, answers[key as keyof typeof answers], `expected.${key}`),
      ),
    ...differences(expected.error === true, got.fault !== undefined, 'expected.error'),
    ...[expected.errorContains ?? []]
      .flat()
      .flatMap((piece) => missingText(piece, got.fault, 'expected.errorContains')),
  ];
}

function answerOf(
  { now, isManual, operationStartTime }: WindowsCase,
  windows: readonly SyncWindow[],
): { answers: Record<string, unknown>; fault: string | undefined } {
  const states = windowStates(windows, momentOf(now));
  const known = 'states' in states ? states.states : [];
  const decision =
    isManual === undefined
      ? undefined
      : canSync(windows, {
          now: momentOf(now),
          isManual,
          ...(operationStartTime === undefined
            ? {}
            : { operationStartedAt: momentOf(operationStartTime) }),
        });
  return {
    answers: {
      canSync: decision?.allowed,
      active: known.filter(({ isActive }) => isActive).map(({ index }) => index),
      inactiveAllows: inactiveAllows(known).map(({ index }) => index),
    },
    fault: decision?.fault ?? ('fault' in states ? states.fault : undefined),
  };
}

interface ValidationCase {
  readonly valid: boolean;
  readonly errorContains?: string | readonly string[];
}

function checkFault(one: ValidationCase, fault: string | undefined): Difference[] {
  return [
    ...differences(one.valid, fault === undefined, 'valid'),
    ...[one.errorContains ?? []]
      .flat()
      .flatMap((piece) => missingText(piece, fault, 'errorContains')),
  ];
}

/** Sync windows: which match, which are active, whether an operation may run, and what is wrong with them. */
export const forms: readonly ConformanceForm[] = [
  defineForm<WindowsCase>({
    name: 'sync windows',
    key: 'cases',
    fields: ['windows', 'now', 'expected'],
    run: runCase,
  }),
  defineForm<ValidationCase & { readonly window: SyncWindow }>({
    name: 'validation of a sync window',
    key: 'windowValidation',
    fields: ['window', 'valid'],
    run: (one) => checkFault(one, windowFault(one.window)),
  }),
  defineForm<ValidationCase & { readonly windows: readonly SyncWindow[] }>({
    name: 'validation of sync windows',
    key: 'windowListValidation',
    fields: ['windows', 'valid'],
    run: (one) => checkFault(one, windowListFault(one.windows)),
  }),
];
