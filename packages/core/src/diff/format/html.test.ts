import { createHash } from 'node:crypto';
import { ESLint } from 'eslint';
import js from '@eslint/js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyReport,
  chartBump,
  emptyReport,
  nastyTexts,
  reportWith,
  withErrors,
} from '../../../test/diff-reports.ts';
import { formatHtml } from './html.ts';
import { pageScript, pageScriptHash } from './page-script.ts';
import { pageStyle, pageStyleHash } from './page-style.ts';

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** Every tag and attribute of a page but its own script, style and data. */
function tagsOf(page: string): string[] {
  const text = page
    .replace(pageScript, '')
    .replace(pageStyle, '')
    .replace(/(<script type="application\/json" id="data">)[^<]*/, '$1');
  return text.replace(/ value="[^"]*"/g, '').match(/<[^>]*>/g) ?? [];
}

describe('the policy of the page', () => {
  it('names the script and the style that it has', () => {
    expect({ script: pageScriptHash, style: pageStyleHash }).toEqual({
      script: hashOf(pageScript),
      style: hashOf(pageStyle),
    });
    const page = formatHtml(chartBump);
    expect(page).toContain(`<script>${pageScript}</script>`);
    expect(page).toContain(`<style>${pageStyle}</style>`);
    expect(page).toContain(`content="default-src 'none'; script-src '${pageScriptHash}';`);
  });

  it('leaves nothing to load', () => {
    expect(formatHtml(chartBump)).not.toMatch(/\b(?:src|href)="(?!data:,")|url\(|@import|https?:/);
  });
});

describe('the script of the page', () => {
  it('passes the lint', async () => {
    const eslint = new ESLint({
      overrideConfigFile: true,
      overrideConfig: [
        js.configs.recommended,
        {
          languageOptions: {
            sourceType: 'script',
            globals: Object.fromEntries(
              ['document', 'Option', 'setTimeout', 'clearTimeout'].map((name) => [
                name,
                'readonly',
              ]),
            ),
          },
          rules: {
            complexity: ['error', 12],
            'max-params': ['error', 4],
            'no-restricted-properties': [
              'error',
              ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'write'].map((property) => ({
                property,
              })),
            ],
          },
        },
      ],
    });
    const [result] = await eslint.lintText(pageScript);
    expect(result?.messages).toEqual([]);
  });
});

describe('formatHtml', () => {
  it('shows the summary, the plan and errors without its script', () => {
    const page = formatHtml(chartBump);
    expect(page).toContain('<h1>2 environments, 201 of 1,624 Applications change: ');
    expect(page).toContain('<h2>preprod <span class="risk high">high</span></h2>');
    expect(page).toContain('<li>backend chart <code>3.1.0</code> → <code>3.2.0</code></li>');
    expect(page).toContain('<li><span>wave 2</span> backend</li>');
    expect(page).toContain(
      '<p class="muted">Sync manual, open now, until 2026-11-25 16:00 UTC</p>',
    );
    expect(formatHtml(withErrors)).toContain(
      '<pre>Error: values do not meet the schema:\n/close\n',
    );
  });

  it('has no empty frame when nothing changes', () => {
    const page = formatHtml(emptyReport);
    expect(page).toContain('<h1>No change in what would be deployed.</h1>');
    expect(page).not.toContain('id="tools"');
  });

  it('has the same tags whatever the texts are', () => {
    const tags = tagsOf(formatHtml(reportWith('text')));
    for (const text of nastyTexts) {
      const page = formatHtml(reportWith(text));
      expect(tagsOf(page)).toEqual(tags);
    }
  });

  it('has nothing of a text with markup as it is', () => {
    fc.assert(
      fc.property(anyReport, fc.string({ minLength: 1 }), (report, random) => {
        const marked = `<${random}"'&>`;
        const page = formatHtml({
          ...report,
          base: marked,
          environments: [...report.environments, ...reportWith(marked).environments],
        });
        expect(page).not.toContain(marked);
        expect(page.split('</script').length - 1).toBe(2);
        expect(page).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b]/);
      }),
    );
  });

  it('keeps the data readable for its script', () => {
    const page = formatHtml(reportWith('</script><!-- 🎉'));
    const json = /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(page)?.[1];
    const data = JSON.parse(json ?? '') as { groups: { component: string }[] };
    expect(data.groups[0]?.component).toBe('</script><!-- 🎉');
  });
});
