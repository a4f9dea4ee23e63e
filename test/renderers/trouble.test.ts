import { ToolError } from '@tidegate/core';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  builtKinds,
  engineKinds,
  outcomeOf,
  rendererOf,
  requestOf,
  tarEntry,
  TestCharts,
} from './renderers.ts';

/** Charts that would take a renderer with them, and what is left of it afterwards. */
const endless = '{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}';
const chartFile = 'apiVersion: v2\nname: probe\nversion: 1.0.0\n';

/** Process ids of the programs that this one has started. */
function children(): number[] {
  const path = `/proc/${process.pid}/task/${process.pid}/children`;
  return readFileSync(path, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

for (const kind of engineKinds)
  describe.skipIf(!builtKinds.includes(kind))(`the ${kind} renderer`, () => {
    test.each([
      ['loops for ever', endless, /did not finish within 3 s/],
      [
        'calls itself for ever',
        '{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}',
        /nested reference name|unable to execute template/,
      ],
      [
        'allocates without bound',
        '{{ $text := repeat 1000000 "x" }}{{ range until 100000 }}{{ $text = print $text $text }}{{ end }}',
        /too much memory|the renderer ended/,
      ],
      ['prints 100 MB', '{{ repeat 100000000 "x" }}', /more than 64 MiB|YAML parse error/],
    ])(
      'ends a template that %s, and renders the next one',
      async (_, template, message) => {
        const charts = new TestCharts();
        const bad = await charts.add('bad', {
          'Chart.yaml': chartFile,
          'templates/a.yaml': `a: ${template}\n`,
        });
        const good = await charts.add('good', {
          'Chart.yaml': chartFile,
          'templates/a.yaml': 'a: 1\n',
        });
        // Only what never ends waits for it; a busy machine is no endless loop.
        const renderer = await rendererOf(kind, charts, template === endless ? 3_000 : 30_000);
        const [broken, after] = await Promise.all([
          outcomeOf(renderer, requestOf(bad)),
          outcomeOf(renderer, requestOf(good)),
        ]);

        expect(broken).toMatch(message);
        expect(after).toContain('a: 1');
        expect(await outcomeOf(renderer, requestOf(good))).toContain('a: 1');
      },
      120_000,
    );

    const archive = (...entries: Buffer[]): Buffer =>
      gzipSync(
        Buffer.concat([tarEntry('probe/Chart.yaml', chartFile), ...entries, Buffer.alloc(1024)]),
      );

    test.each([
      ['leads outside', archive(tarEntry('probe/../../escape.yaml', 'x'))],
      ['is a bomb', archive(tarEntry('probe/files/big', '0'.repeat(30 * 1024 * 1024)))],
      ['is no archive', Buffer.from('no archive')],
      ['ends early', archive().subarray(0, 60)],
    ])('refuses a chart that %s', async (_, bytes) => {
      const charts = new TestCharts();
      const chart = await charts.addArchive('probe', bytes);

      expect(await outcomeOf(await rendererOf(kind, charts), requestOf(chart))).toMatch(
        /^InputError: /,
      );
    });

    test('follows no link in a chart', async () => {
      const charts = new TestCharts();
      const link = tarEntry('probe/templates/link.yaml', '', '2', '/etc/passwd');
      const chart = await charts.addArchive('probe', archive(link));

      expect(await outcomeOf(await rendererOf(kind, charts), requestOf(chart))).not.toContain(
        'root:',
      );
    });

    test('takes text that is no UTF-8 for what it is', async () => {
      const charts = new TestCharts();
      const template = tarEntry('probe/templates/a.yaml', 'a: {{ .Files.Get "b" | b64enc }}\n');
      const file = tarEntry('probe/b', 'XX');
      file.writeUInt8(0xff, 512);
      const chart = await charts.addArchive('probe', archive(template, file));

      expect(await outcomeOf(await rendererOf(kind, charts), requestOf(chart))).toContain(
        'a: /1g=',
      );
    });

    test('goes on when it is killed, with what it was rendering and what waits', async () => {
      const charts = new TestCharts();
      const slow = await charts.add('slow', {
        'Chart.yaml': chartFile,
        'templates/a.yaml':
          '{{ range until 3000 }}{{ range until 300 }}{{ end }}{{ end }}a: slow\n',
      });
      const good = await charts.add('good', {
        'Chart.yaml': chartFile,
        'templates/a.yaml': 'a: 1\n',
      });
      const before = children();
      const renderer = await rendererOf(kind, charts);
      await renderer.render(requestOf(good));
      const started = children().filter((pid) => !before.includes(pid));
      const outcomes = [slow, good, good, slow, good].map((chart) =>
        outcomeOf(renderer, requestOf(chart)),
      );
      await setTimeout(20);
      for (const pid of started) process.kill(pid, 'SIGKILL');

      expect(started).not.toEqual([]);
      expect((await Promise.all(outcomes)).map((text) => text.trim().split('\n').at(-1))).toEqual([
        'a: slow',
        'a: 1',
        'a: 1',
        'a: slow',
        'a: 1',
      ]);
    });

    test('stops when nobody waits for it', async () => {
      const charts = new TestCharts();
      const chart = await charts.add('probe', {
        'Chart.yaml': chartFile,
        'templates/a.yaml': endless,
      });
      const controller = new AbortController();
      const renderer = await rendererOf(kind, charts);
      const rendering = renderer.render(requestOf(chart), controller.signal);
      const aborted = setTimeout(300).then(() => {
        controller.abort();
      });

      await expect(rendering).rejects.toThrow(ToolError);
      await expect(rendering).rejects.toThrow('interrupted');
      await aborted;
    });
  });
