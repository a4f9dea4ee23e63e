import { setTimeout as wait } from 'node:timers/promises';
import type { Difference, Verdict } from '../form.ts';
import type { RunResult } from './check.ts';
import { type Fact, type FactRun, facts } from './facts.ts';
import { type FrontedServer, startFronted } from './front.ts';
import { findKubectl } from './kubectl-binary.ts';
import { kubectlFolder } from './kubectl-run.ts';
import { noKubectl } from './run-case.ts';
import { mannersOf, type NotedRequest } from './session-case.ts';

/** Shows a fact about kubectl, which comes as a sentence, with the real kubectl and the embedded server. */
export async function runFact(sentence: string): Promise<Verdict> {
  const shown = facts.filter(({ about }) => about.test(sentence));
  if (shown.length === 0) return { notCovered: 'a sentence that no session here shows' };
  const binary = await findKubectl();
  if (binary === undefined) return { notCovered: noKubectl };
  const out: Difference[] = [];
  for (const fact of shown) out.push(...(await show(fact, binary)));
  return out;
}

async function show(fact: Fact, binary: string): Promise<Difference[]> {
  const server = await startFronted({ ...mannersOf(''), ...fact.manners });
  const folder = await kubectlFolder(binary, server.target);
  try {
    if (fact.custom === true) await defineThings(server);
    for (const [collection, object] of fact.objects ?? []) server.call('POST', collection, object);
    const out: Difference[] = [];
    for (const run of fact.runs) {
      server.forgetRequests();
      const result = await folder.run({ argv: run.argv, files: fact.files ?? {} });
      out.push(...runDifferences(run, result, server.requests));
    }
    return out;
  } finally {
    await folder.remove();
    await server.close();
  }
}

async function defineThings(server: FrontedServer): Promise<void> {
  const schema = {
    openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  server.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  });
  const endsMs = performance.now() + 15_000;
  while (!JSON.stringify(server.call('GET', '/openapi/v3')).includes('apis/example.com/v1')) {
    if (performance.now() > endsMs) throw new Error('things.example.com was not published');
    await wait(50);
  }
}

function runDifferences(
  run: FactRun,
  result: RunResult,
  requests: readonly NotedRequest[],
): Difference[] {
  const where = run.argv.join(' ');
  const sent = requests.filter(({ path }) => path !== '/api' && path !== '/apis').map(wireText);
  const output = `${result.stdout}${result.stderr}`;
  const out: Difference[] = [];
  if (result.exitCode !== run.exit)
    out.push({ where: `${where}: exit`, expected: run.exit, got: `${result.exitCode}: ${output}` });
  if (run.says !== undefined && !output.includes(run.says))
    out.push({ where, expected: `a text with ${run.says}`, got: output });
  if (run.sends !== undefined && !isExactly(run.sends, sent))
    out.push({ where: `${where}: requests`, expected: run.sends, got: sent });
  if (run.sendsAmongOthers !== undefined && !isAmong(run.sendsAmongOthers, sent))
    out.push({
      where: `${where}: requests among others`,
      expected: run.sendsAmongOthers,
      got: sent,
    });
  return out;
}

/** A request in one line. */
function wireText({ method, path, query, accept, contentType = '', body }: NotedRequest): string {
  const parameters = Object.entries(query).map(([key, value]) => `${key}=${value}`);
  return [`${method} ${path}`, ...parameters, accept, contentType, JSON.stringify(body)].join(' ');
}

function isLike([start = '', ...pieces]: readonly string[], sent: string): boolean {
  return (
    sent.startsWith(`${start} `) &&
    pieces.every((piece) =>
      piece.startsWith('!') ? !sent.includes(piece.slice(1)) : sent.includes(piece),
    )
  );
}

function isExactly(wanted: readonly (readonly string[])[], sent: readonly string[]): boolean {
  return (
    wanted.length === sent.length &&
    wanted.every((entry, index) => isLike(entry, sent[index] ?? ''))
  );
}

function isAmong(wanted: readonly (readonly string[])[], sent: readonly string[]): boolean {
  let from = 0;
  return wanted.every((entry) => {
    const found = sent.findIndex((line, index) => index >= from && isLike(entry, line));
    from = found + 1;
    return found >= 0;
  });
}
