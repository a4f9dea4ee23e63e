import { InputError, ToolError, type RenderRequest } from '@tidegate/core';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureOf, scratchFolders } from '../../test/scratch.ts';
import {
  EngineEnded,
  startEngine,
  type ChannelEvents,
  type Engine,
  type EngineChannel,
} from './engine.ts';
import { engineRenderer } from './engine-renderer.ts';
import type { EngineAnswer, EngineRequest } from './frames.ts';

const scratch = scratchFolders();

const request: RenderRequest = {
  chart: { repository: 'r', name: 'dlt-vault', version: '1.2.0' },
  releaseName: 'vault-a',
  namespace: 'a',
  values: [{ path: 'v.yaml', content: 'a: 1' }],
  parameters: [],
  kubeVersion: '1.36.1',
  apiVersions: [],
};

type Reply = Omit<EngineAnswer, 'id'> & { readonly payload?: string };
/** What a fake renderer does with a request: replies, ends, or says nothing. */
type Behaviour = (
  asked: EngineRequest & { id: number },
  events: ChannelEvents,
) => Reply | undefined;

interface Fakes {
  readonly start: () => Promise<Engine>;
  started: number;
  killed: number;
  readonly asked: string[];
}

function fakes(...behaviours: Behaviour[]): Fakes {
  const made: Fakes = {
    started: 0,
    killed: 0,
    asked: [],
    start: () => {
      const behaviour = behaviours[Math.min(made.started, behaviours.length - 1)];
      made.started += 1;
      return startEngine((events) => fakeChannel(behaviour, events, made));
    },
  };
  return made;
}

function fakeChannel(
  behaviour: Behaviour | undefined,
  events: ChannelEvents,
  made: Fakes,
): EngineChannel {
  return {
    send: (frame) => {
      const headerBytes = frame.readUInt32BE(0);
      const asked = JSON.parse(frame.toString('utf8', 8, 8 + headerBytes)) as EngineRequest & {
        id: number;
      };
      made.asked.push(asked.do);
      const reply = behaviour?.(asked, events);
      if (reply === undefined) return;
      const { payload = '', ...header } = reply;
      events.onFrame({ header: { id: asked.id, ...header }, payload: Buffer.from(payload) });
    },
    kill: () => {
      made.killed += 1;
    },
    setBusy: () => undefined,
  };
}

const greeting: Reply = { protocol: 1, helm: 'v4.2.1' };

/** Greets, takes charts, and renders as told. */
function rendering(render: Behaviour): Behaviour {
  return (asked, events) => {
    if (asked.do === 'greet') return greeting;
    return asked.do === 'chart' ? {} : render(asked, events);
  };
}

const works = rendering(() => ({ payload: 'a: 1\n\n' }));

async function rendererOver(made: Fakes, timeoutMs = 5_000) {
  const path = join(await scratch(), 'chart.tgz');
  await writeFile(path, 'archive');
  const charts = { fetch: () => Promise.resolve({ path, digest: 'sha256:aa' }) };
  return engineRenderer({ start: made.start, charts, timeoutMs, concurrency: 1 });
}

describe('engineRenderer', () => {
  it('starts one, hands a chart over once, and goes on with both', async () => {
    const made = fakes(works);
    const renderer = await rendererOver(made);
    const results = await Promise.all([renderer.render(request), renderer.render(request)]);

    expect(results[1]).toEqual({
      manifest: 'a: 1\n',
      fromCache: false,
      chartDigest: 'sha256:aa',
      helmVersion: 'v4.2.1',
    });
    expect(made.asked).toEqual(['greet', 'chart', 'render', 'render']);
    expect(made.started).toBe(1);
  });

  it('hands a chart over again when the renderer has forgotten it', async () => {
    let renders = 0;
    const made = fakes(
      rendering(() => (++renders === 2 ? { fault: 'unknown-chart' } : { payload: 'a' })),
    );
    const renderer = await rendererOver(made);
    await renderer.render(request);
    await renderer.render(request);

    expect(made.asked).toEqual(['greet', 'chart', 'render', 'render', 'chart', 'render']);
  });

  it('tells what Helm complains of as a fault of the input, and goes on', async () => {
    const made = fakes(
      rendering(() => ({
        fault: 'render',
        message: 'execution error at (dlt-vault/templates/a.yaml:3:7): port is required',
      })),
    );
    const renderer = await rendererOver(made);
    const error = await failureOf(renderer.render(request));

    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain('does not render: port is required');
    await failureOf(renderer.render(request));
    expect(made.started).toBe(1);
  });

  it('starts another one when one dies, and tries its request once more there', async () => {
    const dies = rendering((_, events) => {
      events.onEnd('died', 'SIGSEGV');
      return undefined;
    });
    const made = fakes(dies, works);
    const renderer = await rendererOver(made);

    expect((await renderer.render(request)).manifest).toBe('a: 1\n');
    expect(made.started).toBe(2);
  });

  it('gives up when the other one dies too', async () => {
    const made = fakes(
      rendering((_, events) => {
        events.onEnd('died', 'SIGSEGV');
        return undefined;
      }),
    );
    const error = await failureOf((await rendererOver(made)).render(request));

    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toContain('the renderer ended: SIGSEGV (rendering vault-a with chart');
    expect(made.started).toBe(2);
  });

  it.each([
    ['memory', 'needed too much memory'],
    ['timeout', 'did not finish within'],
  ] as const)('does not try again after %s: it would end the same way', async (reason, message) => {
    const made = fakes(
      rendering((_, events) => {
        events.onEnd(reason, 'why');
        return undefined;
      }),
    );
    const error = await failureOf((await rendererOver(made)).render(request));

    expect(error).toBeInstanceOf(ToolError);
    expect(error.message).toContain(message);
    expect(made.started).toBe(1);
  });

  it('ends a renderer that takes too long; requests that wait are unharmed', async () => {
    const made = fakes(
      rendering(() => undefined),
      works,
    );
    const renderer = await rendererOver(made, 100);
    const [first, second] = await Promise.allSettled([
      renderer.render(request),
      renderer.render(request),
    ]);

    expect(first.status).toBe('rejected');
    expect(second).toMatchObject({ status: 'fulfilled', value: { manifest: 'a: 1\n' } });
    expect(made.killed).toBe(1);
  });

  it('ends a renderer when nobody waits for it any more', async () => {
    const made = fakes(
      rendering(() => undefined),
      works,
    );
    const renderer = await rendererOver(made);
    const controller = new AbortController();
    const interrupted = failureOf(renderer.render(request, controller.signal));
    setTimeout(() => {
      controller.abort();
    }, 50);

    expect((await interrupted).message).toBe('rendering was interrupted');
    expect(made.killed).toBe(1);
    expect((await renderer.render(request)).manifest).toBe('a: 1\n');
  });

  it('asks before the answers are there, and takes them in order', async () => {
    const open: (() => void)[] = [];
    const made = fakes(
      rendering((asked, events) => {
        open.push(() => {
          events.onFrame({ header: { id: asked.id }, payload: Buffer.from(`a: ${open.length}\n`) });
        });
        return undefined;
      }),
    );
    const renderer = await rendererOver(made);
    const renders = [1, 2, 3].map(() => renderer.render(request));
    await expect.poll(() => open.length).toBe(3);
    for (const answer of open.splice(0)) {
      open.push(answer);
      answer();
    }

    expect((await Promise.all(renders)).map(({ manifest }) => manifest)).toEqual([
      'a: 1\n',
      'a: 2\n',
      'a: 3\n',
    ]);
    expect(made.started).toBe(1);
  });

  it('tries what had not begun again, however often renderers die over another request', async () => {
    const poison: RenderRequest = { ...request, releaseName: 'poison' };
    const held: string[] = [];
    const made = fakes(
      rendering((asked, events) => {
        if (asked.do !== 'render') return {};
        held.push(asked.render.releaseName);
        const isPoison = held[0] === 'poison';
        if (held.length < 3 && made.started < 3) return undefined;
        held.length = 0;
        if (isPoison) events.onEnd('died', 'SIGSEGV');
        return isPoison ? undefined : { payload: 'a: 1' };
      }),
    );
    const renderer = await rendererOver(made);
    const [bad, ...good] = await Promise.allSettled(
      [poison, request, request].map((one) => renderer.render(one)),
    );

    expect(bad).toMatchObject({ status: 'rejected' });
    expect(good.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(made.started).toBe(3);
  });

  it('starts no other renderer for requests that nobody waits for any more', async () => {
    const asked: number[] = [];
    const made = fakes(
      rendering(({ id }) => {
        asked.push(id);
        return undefined;
      }),
    );
    const renderer = await rendererOver(made);
    const controller = new AbortController();
    const renders = [1, 2, 3].map(() => failureOf(renderer.render(request, controller.signal)));
    await expect.poll(() => asked.length).toBe(3);
    controller.abort();

    expect((await Promise.all(renders)).map(({ message }) => message)).toEqual(
      renders.map(() => 'rendering was interrupted'),
    );
    expect([made.started, made.killed]).toEqual([1, 1]);
  });

  it('gives a chart again together with the request that needs it', async () => {
    const charts = new Set<string>();
    const made = fakes((asked) => {
      if (asked.do === 'greet') return greeting;
      // Room for one chart only, and only until something else is asked.
      if (asked.do === 'chart') charts.clear();
      if (asked.do === 'chart') charts.add(asked.digest);
      const isKnown = asked.do === 'chart' || charts.delete(asked.render.digest);
      return isKnown ? { payload: 'a: 1' } : { fault: 'unknown-chart' };
    });
    const renderer = await rendererOver(made);
    const renders = await Promise.all([1, 2, 3, 4].map(() => renderer.render(request)));

    expect(renders.map(({ manifest }) => manifest)).toEqual(renders.map(() => 'a: 1\n'));
    expect(made.started).toBe(1);
  });

  it('lets a request that waits for its turn go without ending the renderer', async () => {
    const answers: (() => void)[] = [];
    const made = fakes(
      rendering((asked, events) => {
        answers.push(() => {
          events.onFrame({ header: { id: asked.id }, payload: Buffer.from('a: 1') });
        });
        return undefined;
      }),
    );
    const renderer = await rendererOver(made);
    const controller = new AbortController();
    const first = renderer.render(request);
    const second = failureOf(renderer.render(request, controller.signal));
    await expect.poll(() => answers.length).toBe(2);
    controller.abort();

    expect((await second).message).toBe('rendering was interrupted');
    for (const answer of answers) answer();
    expect((await first).manifest).toBe('a: 1\n');
    expect(made.killed).toBe(0);
  });

  it.each<[Reply, string]>([
    [{ fault: 'chart', message: 'EOF' }, 'is no chart: EOF'],
    [{ fault: 'limit', message: 'x' }, 'renders more than 64 MiB'],
  ])('explains %j', async (reply, message) => {
    const made = fakes((asked) => (asked.do === 'greet' ? greeting : reply));
    const error = await failureOf((await rendererOver(made)).render(request));

    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(message);
  });
});

describe('startEngine', () => {
  it('refuses a renderer of another version', async () => {
    const made = fakes(() => ({ protocol: 99, helm: 'v9' }));
    const error = await failureOf(made.start());

    expect(error).toBeInstanceOf(EngineEnded);
    expect(error.message).toContain('another version: protocol 99, expected 1');
    expect(made.killed).toBe(1);
  });

  it('refuses one that answers what nobody asked', async () => {
    const made = fakes((asked, events) => {
      events.onFrame({ header: { id: asked.id + 1 }, payload: Buffer.from('') });
      return undefined;
    });

    expect((await failureOf(made.start())).message).toBe('it answered what nobody asked');
  });
});
