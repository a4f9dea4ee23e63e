import type { DiffReport } from '../model.ts';
import { fitPieces, joinPieces, type Fit } from './fit-pieces.ts';
import { addPart, sortedCuts, type Draft } from './markdown-draft.ts';
import { addErrors, addHead, addNotes, addPlan, addTable, addVersions } from './markdown-frame.ts';
import { addGroup } from './markdown-groups.ts';
import { leftOutNotice, longestNotice } from './markdown-notice.ts';
import { safeUrl } from './markdown-text.ts';
import { summarizeDiff } from './summary.ts';
import { countCharacters, firstCharacters } from './visible-text.ts';

export interface MarkdownOptions {
  /** Most characters (code points) of the text: GitLab refuses a longer note. */
  readonly charactersMax: number;
  /** Where the whole diff is. */
  readonly artifactUrl?: string | undefined;
}

/**
 * The report as a note of a merge request. When it is too long, detail is dropped from the least risky
 * up, and the note says what is missing and where to find it. Nothing of what is compared can end a
 * block of code, become markup, mention somebody or give GitLab a command.
 */
export function formatMarkdown(report: DiffReport, options: MarkdownOptions): string {
  const { charactersMax } = options;
  const url = safeUrl(options.artifactUrl);
  const draft = draftNote(report, url);
  const whole = fitPieces(draft.parts, [], charactersMax);
  if (whole.characters <= charactersMax) return joinPieces(draft.parts, whole);
  const place = url === undefined ? 'what `tidegate diff -o html` shows' : 'in [the artifact]';
  const room = charactersMax - countCharacters(longestNotice(draft, place));
  const fit = fitPieces(draft.parts, sortedCuts(draft), room);
  if (fit.characters > room) return shortestNote(report, url, charactersMax);
  return joinWithNotice(draft, fit, leftOutNotice(draft, fit, place));
}

function draftNote(report: DiffReport, url: string | undefined): Draft {
  const draft: Draft = { parts: [], cuts: [] };
  const summary = summarizeDiff(report);
  const artifact = url === undefined ? 'see `tidegate diff -o html`' : 'see [the artifact]';
  addHead(draft, report, summary);
  addTable(draft, summary);
  addVersions(draft, report);
  addPlan(draft, report);
  addNotes(draft, report);
  addErrors(draft, report);
  for (const environment of report.environments) {
    for (const group of environment.groups) addGroup(draft, environment, group, artifact);
  }
  if (url !== undefined) addLink(draft, url);
  return draft;
}

function addLink(draft: Draft, url: string): void {
  const forms = [() => `\nThe whole diff: [the artifact].\n\n[the artifact]: <${url}>\n`];
  addPart(draft, { kind: 'frame', rank: 0, forms });
}

/** The notice comes right after the headline: a reader must not take the rest for all. */
function joinWithNotice({ parts }: Draft, { forms, characters }: Fit, notice: string): string {
  const head = joinPieces(parts.slice(0, 1), { forms: forms.slice(0, 1), characters });
  const rest = joinPieces(parts.slice(1), { forms: forms.slice(1), characters });
  return `${head}${notice}${rest}`;
}

/** For a limit that leaves no room for more than sentences. */
function shortestNote(report: DiffReport, url: string | undefined, charactersMax: number): string {
  const { headline } = summarizeDiff(report);
  const missing = 'This note has no room for what changes: everything is left out.';
  const places = [
    ...(url === undefined ? [] : [`The whole diff is in [the artifact](<${url}>).`]),
    'Run `tidegate diff` to see it.',
  ];
  const notes = [
    ...places.map((place) => `**${headline}**\n\n${missing} ${place}\n`),
    `${headline}\n${missing}\n`,
    `${missing}\n`,
  ];
  const fitting = notes.find((note) => countCharacters(note) <= charactersMax);
  return fitting ?? firstCharacters(missing, charactersMax);
}
