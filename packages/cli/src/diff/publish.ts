import {
  formatHtml,
  formatMarkdown,
  formatReportJson,
  formatTerminal,
  UsageError,
  type DiffReport,
} from '@tidegate/core';
import { gitlabNotes, systemClock, writeAtomically } from '@tidegate/node';
import { resolve } from 'node:path';
import { isSet, type Io } from '../io.ts';
import { colorsFor } from '../output/colors.ts';

/** Where a diff goes. */
export interface PublishOptions {
  readonly output: string;
  /** Side by side on a terminal. */
  readonly split?: boolean;
  /** Files that get the whole diff. */
  readonly html?: string;
  readonly json?: string;
  /** Write the diff as a note of the merge request. */
  readonly post?: boolean;
}

/** Characters that GitLab takes for a note. */
const noteCharactersMax = 1_000_000;
const narrowest = 80;

/** Prints a diff, writes its files and its note. */
export async function publish(io: Io, report: DiffReport, options: PublishOptions): Promise<void> {
  io.stdout.write(formatReport(io, report, options));
  const files = [
    [options.html, () => formatHtml(report)],
    [options.json, () => formatReportJson(report)],
  ] as const;
  for (const [path, format] of files) {
    if (path !== undefined) await writeAtomically(resolve(io.cwd, path), format(), 0o644);
  }
  if (options.post === true) await post(io, report, options);
}

function formatReport(io: Io, report: DiffReport, { output, split }: PublishOptions): string {
  switch (output) {
    case 'markdown':
      return formatMarkdown(report, { charactersMax: noteCharactersMax });
    case 'json':
      return formatReportJson(report);
    case 'html':
      return formatHtml(report);
    default:
      return formatTerminal(report, {
        colors: colorsFor(io.stdout, io),
        width: Math.max(narrowest, Number(io.env['COLUMNS']) || 0),
        split: split === true,
      });
  }
}

/** What finds the note again: a live diff has one of its own. */
function markerOf({ isLive, environments }: DiffReport): string {
  const names = environments.map(({ environment }) => environment).join(' ');
  return isLive === true ? `<!-- tidegate:diff-live ${names} -->` : '<!-- tidegate:diff -->';
}

async function post(io: Io, report: DiffReport, { html }: PublishOptions): Promise<void> {
  if (isSet(io.env['CI']) && (io.env['TIDEGATE_NOTES_TOKEN'] ?? '') === '') {
    io.stderr.write('warning: no TIDEGATE_NOTES_TOKEN in this pipeline: the diff is not posted\n');
    return;
  }
  const place = mergeRequest(io);
  const marker = markerOf(report);
  const artifact = artifactUrl(io, html);
  const body = formatMarkdown(report, {
    charactersMax: noteCharactersMax - marker.length - 1,
    ...(artifact === undefined ? {} : { artifactUrl: artifact }),
  });
  const notes = gitlabNotes({ ...place, clock: systemClock() });
  const outcome = await notes.upsert({ marker, body: `${marker}\n${body}` });
  io.stderr.write(`note of merge request !${place.mergeRequest}: ${outcome}\n`);
}

/** What GitLab tells a job of a merge request pipeline, and the token. */
function mergeRequest({ env }: Io): {
  apiUrl: string;
  project: string;
  mergeRequest: number;
  token: string;
} {
  const read = (name: string): string => {
    const value = env[name];
    if (value !== undefined && value !== '') return value;
    throw new UsageError(`--post needs the variable ${name}`, {
      hint:
        name === 'TIDEGATE_NOTES_TOKEN'
          ? 'a project access token with scope api and role Reporter, as a masked CI/CD variable'
          : 'GitLab sets it in merge request pipelines',
    });
  };
  return {
    apiUrl: read('CI_API_V4_URL'),
    project: read('CI_PROJECT_ID'),
    mergeRequest: Number(read('CI_MERGE_REQUEST_IID')),
    token: read('TIDEGATE_NOTES_TOKEN'),
  };
}

/** Where GitLab shows a file among a job's artifacts. */
function artifactUrl({ env }: Io, path: string | undefined): string | undefined {
  const job = env['CI_JOB_URL'];
  if (path === undefined || job === undefined || job === '') return undefined;
  return `${job}/artifacts/file/${path.split('/').map(encodeURIComponent).join('/')}`;
}
