import pc from 'picocolors';
import { isSet, type Io, type OutputStream } from '../io.ts';

export type Colors = ReturnType<typeof pc.createColors>;

/** Colours for a stream: only on a terminal, never with NO_COLOR, always with FORCE_COLOR. */
export function colorsFor(stream: OutputStream, io: Pick<Io, 'env'>): Colors {
  const refused = (io.env['NO_COLOR'] ?? '') !== '';
  return pc.createColors(!refused && (stream.isTerminal || isSet(io.env['FORCE_COLOR'])));
}
