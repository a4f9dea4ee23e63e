import type { CaseContext, ConformanceForm, JsonObject } from '../form.ts';
import { runFact } from '../kubernetes/run-fact.ts';
import { runSession } from '../kubernetes/run-session.ts';
import type { SessionCase } from '../kubernetes/session-case.ts';

function isSession(one: unknown): one is JsonObject {
  return (
    typeof one === 'object' &&
    one !== null &&
    'requests' in one &&
    'argv' in one &&
    'exit' in one &&
    Array.isArray(one.argv)
  );
}

function sessions({ content }: CaseContext): readonly SessionCase[] {
  const cases = content['cases'];
  return Array.isArray(cases)
    ? ((cases as unknown[]).filter(isSession) as unknown as SessionCase[])
    : [];
}

/** What kubectl sent to a recorder, and the facts that were learnt from that. */
export const forms: readonly ConformanceForm[] = [
  {
    name: 'requests of kubectl',
    key: 'cases',
    concurrency: 10,
    fits: isSession,
    run: (one, context) => runSession(one as unknown as SessionCase, sessions(context)),
  },
  {
    name: 'facts about kubectl',
    key: 'facts',
    concurrency: 10,
    fits: (one, context) => typeof one['text'] === 'string' && sessions(context).length > 0,
    run: ({ text }) => runFact(String(text)),
  },
];
