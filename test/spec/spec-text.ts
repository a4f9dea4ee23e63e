import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The root of this repository. */
export const projectFolder = join(import.meta.dirname, '..', '..');

/** A fenced block of docs/spec.md. Lines count from 1; `from` and `to` are the first and last line inside. */
export interface Fence {
  readonly language: string;
  readonly from: number;
  readonly to: number;
  readonly text: string;
  /** The nearest line of prose above the block. */
  readonly introduction: string;
}

/** One file, or part of one, that a YAML block of the spec shows. */
export interface SpecPart {
  /** Its first comment, else the line of prose above the block. Unique in the spec. */
  readonly title: string;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export function readSpec(): string {
  return readFileSync(join(projectFolder, 'docs', 'spec.md'), 'utf8');
}

/** All fenced blocks in order. Throws when one does not end. */
export function readFences(markdown: string): Fence[] {
  const lines = markdown.split('\n');
  const fences: Fence[] = [];
  let introduction = '';
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const opening = /^\s*(```+|~~~+)(.*)$/.exec(line);
    if (opening === null) {
      if (line.trim() !== '') introduction = line.trim();
      continue;
    }
    const mark = opening[1] ?? '```';
    const end = lines.findIndex((other, index) => index > at && other.trim() === mark);
    if (end === -1) throw new Error(`the block in line ${at + 1} does not end`);
    const text = lines.slice(at + 1, end).join('\n');
    fences.push({ language: (opening[2] ?? '').trim(), from: at + 2, to: end, text, introduction });
    at = end;
  }
  return fences;
}

/** The YAML blocks in order. */
export function yamlFences(markdown: string): Fence[] {
  return readFences(markdown).filter((fence) => /^ya?ml\b/i.test(fence.language));
}

const fileComment = /^# \S+\.ya?ml( .*)?$/;

/** Splits a YAML block at the comments that name another file. */
export function splitFence(fence: Fence): SpecPart[] {
  const lines = fence.text.split('\n');
  const starts = lines.flatMap((line, index) => {
    const isStart = index > 0 && fileComment.test(line) && hasContent(lines.slice(0, index));
    return isStart ? [index] : [];
  });
  return [0, ...starts].map((start, index) => {
    const end = starts[index] ?? lines.length;
    const first = lines[start] ?? '';
    return {
      title: first.startsWith('#') ? first : fence.introduction,
      from: fence.from + start,
      to: fence.from + end - 1,
      text: lines.slice(start, end).join('\n'),
    };
  });
}

function hasContent(lines: readonly string[]): boolean {
  return lines.some((line) => line.trim() !== '' && !line.trim().startsWith('#'));
}

/** Every part of every YAML block. */
export function specParts(markdown: string): SpecPart[] {
  return yamlFences(markdown).flatMap(splitFence);
}
