import { createTwoFilesPatch } from 'diff';
import type { Colors } from './colors.ts';

/** A file before and after. Undefined: it is not there. */
export interface FileChange {
  readonly path: string;
  readonly current: string | undefined;
  readonly content: string | undefined;
}

/** From what is there to what should be, as a unified diff. */
export function patchOf({ path, current, content }: FileChange, colors: Colors): string {
  const patch = createTwoFilesPatch(
    current === undefined ? '/dev/null' : `a/${path}`,
    content === undefined ? '/dev/null' : `b/${path}`,
    current ?? '',
    content ?? '',
    '',
    '',
    {
      context: 3,
      headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: true },
    },
  );
  return patch
    .split('\n')
    .map((line) => {
      if (line.startsWith('+') && !line.startsWith('+++')) return colors.green(line);
      if (line.startsWith('-') && !line.startsWith('---')) return colors.red(line);
      return line;
    })
    .join('\n');
}
