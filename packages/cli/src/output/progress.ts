import type { OutputStream } from '../io.ts';

/** Counts work done on one line of a terminal; silent elsewhere. */
export interface Progress {
  step(): void;
  /** Removes the line. */
  end(): void;
}

/** Shows `label 12/56` on a terminal. */
export function startProgress(stream: OutputStream, label: string, total: number): Progress {
  if (!stream.isTerminal || total === 0) return { step: () => undefined, end: () => undefined };
  let done = 0;
  const width = 24;
  const draw = (): void => {
    const filled = Math.round((done / Math.max(total, done)) * width);
    stream.write(
      `\r${label} [${'#'.repeat(filled)}${' '.repeat(width - filled)}] ${done}/${Math.max(total, done)} `,
    );
  };
  draw();
  return {
    step: () => {
      done += 1;
      draw();
    },
    end: () => {
      stream.write(`\r${' '.repeat(label.length + width + 20)}\r`);
    },
  };
}
