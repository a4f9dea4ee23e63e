import type { DiffReport, EnvironmentDiff, RolloutPlan } from '../model.ts';
import { pageData } from './page-data.ts';
import { pageScript, pageScriptHash } from './page-script.ts';
import { pageStyle, pageStyleHash } from './page-style.ts';
import {
  comparedSentence,
  environmentTotals,
  foldErrors,
  formatCounts,
  notesOf,
  summarizeDiff,
  type FoldedError,
  type SummaryTotals,
} from './summary.ts';
import { showInvisible } from './visible-text.ts';
import { countOf, formatCount } from './words.ts';

/** Only the script and the style of this page, and nothing from elsewhere. */
const policy = [
  `default-src 'none'`,
  `script-src '${pageScriptHash}'`,
  `style-src '${pageStyleHash}'`,
  `img-src data:`,
  `base-uri 'none'`,
  `form-action 'none'`,
].join('; ');

/**
 * The report as one page that needs nothing else: search, filters, both ways to see a diff. The
 * summary, the plan and the errors are readable without its script, which shows the differences.
 */
export function formatHtml(report: DiffReport): string {
  return [
    '<!doctype html>\n<html lang="en">\n',
    headOf(report),
    '<body>\n',
    headerOf(report),
    '<main>\n',
    errorsOf(report),
    environmentsOf(report),
    changesOf(report),
    '</main>\n',
    `<script type="application/json" id="data">${pageData(report)}</script>\n`,
    `<script>${pageScript}</script>\n`,
    '</body>\n</html>\n',
  ].join('');
}

function headOf({ base, head }: DiffReport): string {
  return `<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="icon" href="data:,">
<title>Tidegate diff: ${html(base)} → ${html(head)}</title>
<style>${pageStyle}</style>
</head>
`;
}

function headerOf(report: DiffReport): string {
  const { headline, totals } = summarizeDiff(report);
  const notes = notesOf(report).map((note) => `<p class="muted">${html(note)}</p>\n`);
  return `<header class="page">
<p class="sides"><code>${html(report.base)}</code> → <code>${html(report.head)}</code></p>
<h1>${html(headline)}</h1>
<p class="muted">${comparedSentence(totals)}</p>
${notes.join('')}</header>
`;
}

function errorsOf(report: DiffReport): string {
  const errors = foldErrors(report);
  if (errors.length === 0) return '';
  return `<section class="errors" aria-labelledby="errors-title">
<h2 id="errors-title">Could not be compared</h2>
${errors.map(errorOf).join('')}</section>
`;
}

function errorOf({ environment, side, applications, message }: FoldedError): string {
  const names = applications.map((name) => `<code>${html(name)}</code>`).join(', ');
  const many = applications.length === 1 ? '' : `${countOf(applications.length, 'Application')}: `;
  const text = message.trimEnd().split(/\r?\n/).map(html).join('\n');
  return `<p><strong>${html(environment)}</strong>, ${side}: ${many}${names}</p>\n<pre>${text}</pre>\n`;
}

function environmentsOf({ environments }: DiffReport): string {
  return `<section aria-label="Environments" class="environments">
${environments.map(environmentOf).join('')}</section>
`;
}

function environmentOf(diff: EnvironmentDiff): string {
  const totals = environmentTotals(diff);
  const risk =
    totals.risk === undefined ? '' : ` <span class="risk ${totals.risk}">${totals.risk}</span>`;
  return `<article>
<h2>${html(diff.environment)}${risk}</h2>
<p>${totalsSentence(totals)}</p>
${versionsOf(diff)}${nodesOf('added', diff.nodesAdded)}${nodesOf('removed', diff.nodesRemoved)}${planOf(diff.plan)}</article>
`;
}

function totalsSentence(totals: SummaryTotals): string {
  const { applications, applicationsChanged, resources, errors } = totals;
  const failed =
    errors === 0 ? '' : ` <strong class="failed">${countOf(errors, 'error')}.</strong>`;
  const counts = formatCounts(resources);
  if (counts === '0') return `No change in ${countOf(applications, 'Application')}.${failed}`;
  const of = `${formatCount(applicationsChanged)} of ${countOf(applications, 'Application')}`;
  return `${of} ${applicationsChanged === 1 ? 'changes' : 'change'}: <code>${counts}</code> resources.${failed}`;
}

function versionsOf({ versions }: EnvironmentDiff): string {
  if (versions.length === 0) return '';
  const version = (text: string | undefined): string =>
    text === undefined ? 'none' : `<code>${html(text)}</code>`;
  const items = versions.map(({ name, field, from, to }) => {
    const what = field === 'chartVersion' ? 'chart' : 'image';
    return `<li>${html(name)} ${what} ${version(from)} → ${version(to)}</li>\n`;
  });
  return `<ul class="versions">\n${items.join('')}</ul>\n`;
}

function nodesOf(what: string, nodes: readonly string[]): string {
  if (nodes.length === 0) return '';
  const names = nodes.map((node) => `<code>${html(node)}</code>`).join(' ');
  const title = `${countOf(nodes.length, 'node')} ${what}`;
  if (nodes.length <= 5) return `<p>${title}: ${names}</p>\n`;
  return `<details class="names"><summary>${title}</summary><p>${names}</p></details>\n`;
}

function planOf(plan: RolloutPlan | undefined): string {
  if (plan === undefined) return '';
  const waves = plan.waves.map(
    ({ wave, components }) =>
      `<li><span>wave ${wave}</span> ${components.map(html).join(', ')}</li>`,
  );
  const steps = waves.length === 0 ? [] : ['<li><span>first</span> backup</li>', ...waves];
  const order = steps.length === 0 ? '' : `<ol class="waves">${steps.join('\n')}</ol>\n`;
  return `<h3>Rollout</h3>\n${order}<p class="muted">Sync ${plan.sync}, ${html(plan.window)}</p>\n`;
}

const riskSelect =
  '<select id="risk"><option value="0">any</option><option value="1">low or more</option>' +
  '<option value="2">medium or more</option><option value="3">high</option></select>';

function field(id: string, label: string, control: string): string {
  return `<div class="field field-${id}"><label for="${id}">${label}</label>${control}</div>`;
}

/** The frame that the script fills. */
function changesOf({ environments }: DiffReport): string {
  if (environments.every(({ groups }) => groups.length === 0)) return '';
  const options = environments
    .map(({ environment }) => html(environment))
    .map((name) => `<option value="${name}">${name}</option>`)
    .join('');
  return `<section aria-labelledby="changes-title" class="changes">
<h2 id="changes-title">Changes</h2>
<p id="unfilled">The script of this page shows the changes; it does not run here.</p>
<form role="search" class="tools" id="tools" hidden>
${field('search', 'Search', '<input type="search" id="search" autocomplete="off" spellcheck="false" placeholder="names, fields, values (press /)">')}
${field('environment', 'Environment', `<select id="environment"><option value="">all</option>${options}</select>`)}
${field('node', 'Node', '<select id="node"><option value="">all</option></select>')}
${field('risk', 'Risk', riskSelect)}
<span class="buttons">
<button type="button" id="split" aria-pressed="false">Side by side</button>
<button type="button" id="expand">Open all</button>
<button type="button" id="collapse">Close all</button>
<button type="button" id="theme">Theme: auto</button>
</span>
</form>
<p role="status" id="status" class="muted"></p>
<ol id="groups" class="groups"></ol>
<button type="button" id="more" hidden>Show more</button>
</section>
`;
}

function html(text: string): string {
  return showInvisible(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
