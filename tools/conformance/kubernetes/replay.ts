import { setTimeout as wait } from 'node:timers/promises';
import type { Difference } from '../form.ts';
import { type Answer, type ApiTarget, ask } from './api.ts';
import type { KubernetesCase, Step } from './case.ts';
import { checkAnswer, checkRun, checkWatch, isReached, placeOf, type RunResult } from './check.ts';
import { asText, fill, jsonDifferences, pointer } from './json.ts';
import type { KubectlFolder } from './kubectl-run.ts';
import { OpenWatch } from './watch.ts';

/** What a case is replayed against. */
export interface ReplayTarget {
  readonly api: ApiTarget;
  /** What the hooks of cases do, by name. */
  readonly hooks: Readonly<Record<string, () => void>>;
  /** Where kubectl runs; undefined for cases without it. */
  readonly kubectl: KubectlFolder | undefined;
}

/** Replays a case: its setup, then its requests in order. Answers where anything differed. */
export async function replayCase(target: ReplayTarget, one: KubernetesCase): Promise<Difference[]> {
  const replay = new Replay(target);
  for (const step of [...(one.setup ?? []), ...one.requests]) {
    if (!(await replay.step(step))) break;
  }
  await replay.finish();
  return replay.differences;
}

const backgroundMs = 1500;
const eventsMs = 15_000;
const quietMs = 250;
const endMs = 90_000;

interface Background {
  readonly step: Step;
  readonly result: Promise<RunResult | Error>;
}

/** One case under way. */
class Replay {
  readonly differences: Difference[] = [];
  private readonly target: ReplayTarget;
  private readonly variables = new Map<string, unknown>();
  private readonly watches = new Map<string, { readonly step: Step; readonly watch: OpenWatch }>();
  private readonly background: Background[] = [];

  constructor(target: ReplayTarget) {
    this.target = target;
  }

  /** Runs a step; false when the case cannot go on. */
  async step(step: Step): Promise<boolean> {
    await this.endWatches((id) => step.during === id || step.alsoDuring?.includes(id) === true);
    if (step.waitMs !== undefined) await wait(step.waitMs);
    else if (step.hook !== undefined) this.hook(step.hook);
    else if (step.watch !== undefined) await this.open(step, step.watch);
    else if (step.argv !== undefined) await this.run(step, step.argv);
    else if (step.parallel !== undefined) await this.many(step, step.parallel);
    else return this.request(step);
    return true;
  }

  /** Ends what is still open, and looks at it. */
  async finish(): Promise<void> {
    await this.endWatches(() => false);
    for (const { step, result } of this.background) {
      const got = await result;
      if (got instanceof Error) throw got;
      this.differences.push(...checkRun(step, got));
    }
  }

  private hook(name: string): void {
    const run = this.target.hooks[name];
    if (run === undefined) throw new Error(`unknown hook ${name}`);
    run();
  }

  private async open(step: Step, id: string): Promise<void> {
    const watch = await OpenWatch.open(this.target.api, step, this.variables);
    this.watches.set(id, { step, watch });
    await watch.awaitEvents(step.awaitEvents ?? 0, eventsMs);
  }

  private async endWatches(stays: (id: string) => boolean): Promise<void> {
    for (const [id, { step, watch }] of [...this.watches]) {
      if (stays(id)) continue;
      this.watches.delete(id);
      if (step.serverCloses === true) await watch.awaitEnd(endMs);
      else {
        await watch.awaitEvents(step.expect?.watchEvents?.length ?? 0, eventsMs);
        await watch.quiet(quietMs);
      }
      // Looked at before it is stopped: an end by the server is not one by us.
      const found = checkWatch(step, watch, this.variables);
      watch.stop();
      this.differences.push(...found);
    }
  }

  private async run(step: Step, argv: readonly string[]): Promise<void> {
    const { kubectl } = this.target;
    if (kubectl === undefined) throw new Error('there is no kubectl to run');
    const words = argv.map((word) => asText(fill(word, this.variables)));
    const result = kubectl.run({ ...step, argv: words });
    if (step.background === true) {
      this.background.push({ step, result: result.catch((error: unknown) => error as Error) });
      await wait(backgroundMs);
    } else this.differences.push(...checkRun(step, await result));
  }

  private async many(step: Step, count: number): Promise<void> {
    const sent = Array.from({ length: count }, (_, index) =>
      ask(this.target.api, step, new Map([...this.variables, ['i', String(index)]])),
    );
    const counts: Record<string, number> = {};
    for (const { status } of await Promise.all(sent)) counts[status] = (counts[status] ?? 0) + 1;
    const where = `${placeOf(step, this.variables)} x${count}`;
    this.differences.push(...jsonDifferences(step.expect?.statusCounts ?? {}, counts, where));
  }

  private async request(step: Step): Promise<boolean> {
    const { answer, gaveUp } = await this.askUntil(step);
    const found = checkAnswer(step, answer, this.variables);
    if (gaveUp) {
      const where = placeOf(step, this.variables);
      const expected = `in the end ${JSON.stringify(step.repeat?.until)}`;
      this.differences.push({ where, expected, got: `status ${answer.status}: ${answer.text}` });
    }
    this.differences.push(...found);
    return this.save(step, answer);
  }

  private async askUntil(
    step: Step,
  ): Promise<{ readonly answer: Answer; readonly gaveUp: boolean }> {
    const { repeat } = step;
    const endsMs = performance.now() + (repeat?.withinSeconds ?? 30) * 1000;
    for (;;) {
      const answer = await ask(this.target.api, step, this.variables);
      if (repeat === undefined || isReached(repeat.until, answer)) return { answer, gaveUp: false };
      if (performance.now() > endsMs) return { answer, gaveUp: true };
      await wait(repeat.everyMs ?? 100);
    }
  }

  /** Keeps values of an answer; false when one is not there. */
  private save(step: Step, answer: Answer): boolean {
    for (const [name, path] of Object.entries(step.save ?? {})) {
      const found = pointer(answer.json, path);
      if (found === undefined) {
        const where = `${placeOf(step, this.variables)}: ${path}`;
        this.differences.push({ where, expected: `a value for ${name}`, got: answer.text });
        return false;
      }
      this.variables.set(name, found.value);
    }
    return true;
  }
}
