import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createClient,
  createInformer,
  inProcessTransport,
  objectKey,
  StreamRefused,
  type Informer,
  type InformerOptions,
  type JsonObject,
  type Transport,
  type TransportAnswer,
} from '../src/index.ts';
import { asString, at } from '../src/json/value.ts';
import { seededRandom, testServer, types, virtualClock, type VirtualClock } from './harness.ts';

const namespace = 'default';

function configMap(name: string, version: number, value = ''): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, uid: `uid-${name}`, resourceVersion: String(version) },
    data: { value },
  };
}

function line(type: string, object: JsonObject): string {
  return JSON.stringify({ type, object });
}

function bookmark(version: number, isEnd = false): string {
  const annotations = isEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  return line('BOOKMARK', {
    kind: 'ConfigMap',
    metadata: { resourceVersion: String(version), ...annotations },
  });
}

function status(code: number, more: JsonObject = {}): TransportAnswer {
  return {
    status: code,
    body: JSON.stringify({ kind: 'Status', code, message: `said ${code}`, ...more }),
  };
}

/** One watch of a script: lines, then an error, the end, or silence. */
interface Script {
  readonly lines?: readonly string[];
  readonly refused?: TransportAnswer;
  readonly error?: string;
  readonly stays?: boolean;
}

interface Fake {
  readonly transport: Transport;
  /** What was asked for, as paths without what is random. */
  readonly calls: string[];
}

/** An API that answers as it was told to, one call after the other. */
function fake(watches: Script[], lists: TransportAnswer[] = []): Fake {
  const calls: string[] = [];
  const note = (path: string): void => {
    const query = new URLSearchParams(path.split('?')[1]);
    query.delete('timeoutSeconds');
    query.delete('allowWatchBookmarks');
    query.delete('resourceVersionMatch');
    calls.push(query.toString());
  };
  return {
    calls,
    transport: {
      request: ({ path }) => {
        note(path);
        return Promise.resolve(lists.shift() ?? status(500));
      },
      stream: async function* ({ path }, cancellation) {
        note(path);
        const script = watches.shift() ?? { stays: true };
        await Promise.resolve();
        if (script.refused !== undefined) throw new StreamRefused(script.refused);
        yield* script.lines ?? [];
        if (script.error !== undefined) throw new Error(script.error);
        if (script.stays === true)
          await new Promise<void>((resolve) => {
            if (cancellation?.aborted === true) resolve();
            cancellation?.addEventListener('abort', resolve);
          });
      },
    },
  };
}

interface Followed {
  readonly informer: Informer;
  readonly clock: VirtualClock;
  readonly errors: string[];
  readonly told: string[];
  stop(): Promise<void>;
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

function follow(transport: Transport, options: Partial<InformerOptions> = {}): Followed {
  const clock = virtualClock();
  const errors: string[] = [];
  const told: string[] = [];
  const informer = createInformer({
    client: createClient({ transport, userAgent: 't' }),
    type: types.configMaps,
    select: { namespace },
    timers: clock.timers,
    random: seededRandom(),
    onError: (error) => errors.push((error as Error).message),
    ...options,
  });
  const name = (object: JsonObject): string =>
    `${objectKey(object).split('/')[1] ?? ''}@${asString(at(object, 'metadata', 'resourceVersion'))}`;
  informer.handle({
    added: (object) => told.push(`+${name(object)}`),
    updated: (before, after) => told.push(`${name(before)}>${name(after)}`),
    deleted: (object) => told.push(`-${name(object)}`),
  });
  const abort = new AbortController();
  const running = informer.run(abort.signal);
  return {
    informer,
    clock,
    errors,
    told,
    stop: async () => {
      abort.abort();
      await running;
    },
  };
}

function list(version: number, items: JsonObject[], more = ''): TransportAnswer {
  const metadata = { resourceVersion: String(version), ...(more === '' ? {} : { continue: more }) };
  return { status: 200, body: JSON.stringify({ kind: 'ConfigMapList', metadata, items }) };
}

const begin = 'watch=true&sendInitialEvents=true';
const from = (version: number): string => `watch=true&resourceVersion=${version}`;

describe('an informer', () => {
  it('begins with a WatchList, and is complete at its bookmark only', async () => {
    const api = fake([
      { lines: [line('ADDED', configMap('a', 3)), line('ADDED', configMap('b', 5))], stays: true },
    ]);
    const one = follow(api.transport);
    await settle();
    expect([one.informer.hasSynced(), one.told]).toEqual([false, ['+a@3', '+b@5']]);
    await one.stop();

    const whole = fake([{ lines: [line('ADDED', configMap('a', 3)), bookmark(9, true)] }]);
    const two = follow(whole.transport);
    await settle();
    expect(two.informer.hasSynced()).toBe(true);
    // The watch ended as it should: the next goes on at once from the bookmark, without an error.
    expect(whole.calls).toEqual([begin, from(9)]);
    expect(two.errors).toEqual([]);
    await two.stop();
  });

  it.each([
    ['refuses it', { refused: status(422, { reason: 'Invalid' }) }],
    ['does not know it', { lines: [line('ADDED', configMap('a', 3)), bookmark(9)] }],
    ['ends it before its end', { lines: [line('ADDED', configMap('a', 3))] }],
  ] as [string, Script][])('asks for a list when the API %s', async (_, script) => {
    const api = fake(
      [script],
      [list(10, [configMap('a', 3)], 'more'), list(10, [configMap('b', 5)])],
    );
    const run = follow(api.transport, { pageSize: 1 });
    await settle();
    expect(api.calls).toEqual([begin, 'limit=1', 'limit=1&continue=more', from(10)]);
    expect([run.errors, run.informer.hasSynced(), run.told]).toEqual([[], true, ['+a@3', '+b@5']]);
    await run.stop();
  });

  it('goes on from the last bookmark after a failure, later and later', async () => {
    const api = fake([
      { lines: [bookmark(9, true), line('ADDED', configMap('a', 12)), bookmark(20)], error: 'cut' },
      { error: 'cut again' },
      { error: 'and again' },
    ]);
    const run = follow(api.transport);
    await settle();
    expect(api.calls).toEqual([begin]);
    const waits: number[] = [];
    for (let call = 2; call <= 4; call += 1) {
      let ms = 0;
      for (; api.calls.length < call; ms += 10) {
        run.clock.advance(10);
        await settle();
      }
      waits.push(ms);
    }
    expect(api.calls.slice(1)).toEqual([from(20), from(20), from(20)]);
    expect(waits[0]).toBeGreaterThanOrEqual(100);
    expect(waits[0]).toBeLessThanOrEqual(210);
    expect(waits[2]).toBeGreaterThan((waits[0] ?? 0) * 1.5);
    expect(run.errors).toEqual(['cut', 'cut again', 'and again']);
    await run.stop();
  });

  it.each([
    [
      'says so in the watch',
      {
        lines: [
          line('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }),
        ],
      },
    ],
    ['refuses the watch', { refused: status(410, { reason: 'Expired' }) }],
  ] as [string, Script][])(
    'reads all anew when its version is forgotten and the API %s',
    async (_, script) => {
      const api = fake([
        {
          lines: [
            line('ADDED', configMap('a', 3)),
            line('ADDED', configMap('b', 4)),
            bookmark(9, true),
          ],
        },
        script,
        {
          lines: [
            line('ADDED', configMap('b', 14)),
            line('ADDED', configMap('c', 15)),
            bookmark(20, true),
          ],
          stays: true,
        },
      ]);
      const run = follow(api.transport);
      await settle();
      run.clock.advance(300);
      await settle();
      expect(api.calls).toEqual([begin, from(9), begin]);
      expect(run.told).toEqual(['+a@3', '+b@4', 'b@4>b@14', '+c@15', '-a@3']);
      await run.stop();
    },
  );

  it('is not back before the API wants it to be', async () => {
    const busy: TransportAnswer = {
      status: 429,
      body: 'Too many requests',
      headers: { 'retry-after': '7' },
    };
    const api = fake([
      { refused: busy },
      { refused: status(429, { details: { retryAfterSeconds: 3 } }) },
    ]);
    const run = follow(api.transport);
    await settle();
    for (const [ms, calls] of [
      [6900, 1],
      [1000, 2],
      [2900, 2],
      [1000, 3],
    ] as const) {
      run.clock.advance(ms);
      await settle();
      expect(api.calls).toHaveLength(calls);
    }
    await run.stop();
  });

  it.each([
    ['{"type":"ADDED","object":{"metadata":{"na', 'no JSON'],
    ['null', 'no event'],
    ['{"type":"RENAMED","object":{}}', 'no event'],
    ['{"type":"ADDED"}', 'no event'],
  ])('takes what came before the line %s, and goes on after it', async (bad, why) => {
    const api = fake([
      {
        lines: [
          bookmark(9, true),
          line('ADDED', configMap('a', 10)),
          bad,
          line('ADDED', configMap('b', 11)),
        ],
      },
    ]);
    const run = follow(api.transport);
    await settle();
    run.clock.advance(300);
    await settle();
    expect(api.calls).toEqual([begin, from(10)]);
    expect(run.told).toEqual(['+a@10']);
    expect(run.errors).toEqual([expect.stringContaining(why)]);
    await run.stop();
  });

  it('begins a list again without pages when its pages are forgotten', async () => {
    const api = fake(
      [],
      [
        list(10, [configMap('gone', 3)], 'more'),
        status(410, { reason: 'Expired' }),
        list(12, [configMap('a', 11)]),
      ],
    );
    const run = follow(api.transport, { watchList: false });
    await settle();
    expect(api.calls).toEqual(['limit=500', 'limit=500&continue=more', '', from(12)]);
    expect(run.informer.list()).toEqual([
      expect.objectContaining({ metadata: configMap('a', 11)['metadata'] }),
    ]);
    await run.stop();
  });

  it('slows down when no watch lasts', async () => {
    const api = fake([{ lines: [bookmark(9, true)] }, {}, {}, {}, {}, {}, {}]);
    const run = follow(api.transport);
    await settle();
    await settle();
    expect(api.calls).toHaveLength(4);
    expect(run.errors).toEqual([expect.stringContaining('in a row')]);
    await run.stop();
  });

  it('gives up a watch that does not end when it should', async () => {
    const api = fake([{ lines: [bookmark(9, true)], stays: true }]);
    const run = follow(api.transport);
    await settle();
    run.clock.advance(640_000);
    await settle();
    expect(api.calls).toEqual([begin, from(9)]);
    await run.stop();
  });

  it('says of another object of the same name that the first one went', async () => {
    const other = {
      ...configMap('a', 12),
      metadata: { name: 'a', namespace, uid: 'other', resourceVersion: '12' },
    };
    const api = fake([
      {
        lines: [line('ADDED', configMap('a', 3)), bookmark(9, true), line('MODIFIED', other)],
        stays: true,
      },
    ]);
    const run = follow(api.transport);
    await settle();
    expect(run.told).toEqual(['+a@3', '-a@3', '+a@12']);
    await run.stop();
  });

  it('goes on when a handler fails, and keeps what it is told to', async () => {
    const api = fake([
      { lines: [line('ADDED', configMap('a', 3, 'long')), bookmark(9, true)], stays: true },
    ]);
    const run = follow(api.transport, { transform: ({ metadata = {} }) => ({ metadata }) });
    run.informer.handle({
      added: () => {
        throw new Error('handler failed');
      },
    });
    await settle();
    expect(run.errors).toEqual(['handler failed']);
    expect(run.informer.hasSynced()).toBe(true);
    expect(run.informer.get('default/a')).toEqual({ metadata: configMap('a', 3)['metadata'] });
    await run.stop();
  });
});

/** A transport whose watches break at will: between lines, within one, or by never saying more. */
function breaking(inner: Transport, breaks: () => string): Transport {
  return {
    request: async (request) => {
      if (breaks() === 'refuse') return { status: 503, body: 'down' };
      return inner.request(request);
    },
    stream: async function* (request, cancellation) {
      if (breaks() === 'refuse') throw new StreamRefused({ status: 503, body: 'down' });
      for await (const text of inner.stream(request, cancellation)) {
        const how = breaks();
        if (how === 'cut') throw new Error('cut');
        if (how === 'end') return;
        if (how === 'half') {
          yield text.slice(0, text.length / 2);
          return;
        }
        yield text;
      }
    },
  };
}

describe('an informer behind a bad line', () => {
  const writes = fc.array(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      action: fc.constantFrom('put', 'put', 'put', 'delete', 'relabel', 'compact', 'wait'),
    }),
    { minLength: 5, maxLength: 60 },
  );

  async function write(
    lab: ReturnType<typeof testServer>,
    action: string,
    name: string,
  ): Promise<void> {
    const { client } = lab;
    const ref = { name, namespace };
    if (action === 'compact') lab.server.compact();
    else if (action === 'delete') await client.delete(types.configMaps, ref).catch(() => undefined);
    else if (action !== 'wait') {
      const labels = { keep: action === 'put' ? 'yes' : 'no' };
      const metadata = { ...ref, labels };
      const data = { n: String(lab.server.store.revision()) };
      await client
        .patch(types.configMaps, ref, { type: 'merge', patch: { metadata: { labels }, data } })
        .catch(() => client.create(types.configMaps, { metadata, data }));
    }
  }

  it('ends with what is there, and tells a history that fits together', async () => {
    await fc.assert(
      fc.asyncProperty(writes, fc.integer(), fc.boolean(), async (list, seed, watchList) => {
        const lab = testServer();
        const random = seededRandom(seed);
        const failures: unknown[] = [];
        let isBad = true;
        const breaks = (): string => {
          if (!isBad) return '';
          const dice = random();
          return dice < 0.08
            ? 'cut'
            : dice < 0.14
              ? 'end'
              : dice < 0.2
                ? 'half'
                : dice < 0.25
                  ? 'refuse'
                  : '';
        };
        const transport = breaking(
          inProcessTransport(lab.server, { userAgent: 't', token: 'admin' }),
          breaks,
        );
        const informer = createInformer({
          client: createClient({ transport, userAgent: 't' }),
          type: types.configMaps,
          select: { namespace, labelSelector: 'keep=yes' },
          timers: lab.clock.timers,
          random,
          watchList,
          pageSize: 2,
          // What a handler of this test expects in vain comes here too.
          onError: (error) => {
            if (error instanceof Error && error.name === 'AssertionError') failures.push(error);
          },
        });
        const told = new Map<string, JsonObject>();
        informer.handle({
          added: (object) => {
            expect(told.has(objectKey(object))).toBe(false);
            told.set(objectKey(object), object);
          },
          updated: (before, after) => {
            expect(told.get(objectKey(before))).toBe(before);
            expect(objectKey(before)).toBe(objectKey(after));
            expect(Number(at(after, 'metadata', 'resourceVersion'))).toBeGreaterThan(
              Number(at(before, 'metadata', 'resourceVersion')),
            );
            told.set(objectKey(after), after);
          },
          deleted: (object) => {
            expect(told.delete(objectKey(object))).toBe(true);
          },
        });
        const abort = new AbortController();
        const running = informer.run(abort.signal).catch((error: unknown) => failures.push(error));
        for (const { action, name } of list) {
          await write(lab, action, name);
          if (action === 'wait') lab.pass(2000, 500);
          await settle();
        }
        isBad = false;
        for (let turn = 0; turn < 30; turn += 1) {
          lab.pass(5000, 5000);
          await settle();
        }
        const { items } = await lab.client.list(types.configMaps, {
          namespace,
          labelSelector: 'keep=yes',
        });
        const byName = (objects: readonly JsonObject[]): unknown[] =>
          objects.map((object) => [objectKey(object), at(object, 'data', 'n')]).sort();
        expect(byName(informer.list())).toEqual(byName(items));
        expect(byName([...told.values()])).toEqual(byName(items));
        expect(informer.hasSynced()).toBe(true);
        abort.abort();
        await running;
        expect(failures).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
