/**
 * Gives the memory of a WASM module a largest size: Go's linker states none, and a template that
 * allocates without bound would take all that a process can have.
 */
export function limitMemory(module: Uint8Array, pagesMax: number): Uint8Array {
  const section = findSection(module, memorySection);
  const limits = new Reader(module, section.start);
  const count = limits.number();
  const flags = limits.number();
  const pagesMin = limits.number();
  if (count !== 1 || flags > 1 || pagesMin > pagesMax) {
    throw new Error(`expected one memory of at most ${pagesMax} pages, found ${pagesMin}`);
  }
  const body = [1, 1, ...encode(pagesMin), ...encode(pagesMax)];
  return Buffer.concat([
    module.subarray(0, section.header),
    Uint8Array.from([memorySection, ...encode(body.length), ...body]),
    module.subarray(section.end),
  ]);
}

const memorySection = 5;
const magicBytes = 8;

interface Section {
  /** Where its number stands. */
  readonly header: number;
  readonly start: number;
  readonly end: number;
}

function findSection(module: Uint8Array, wanted: number): Section {
  for (let at = magicBytes; at < module.length;) {
    const reader = new Reader(module, at + 1);
    const size = reader.number();
    const section = { header: at, start: reader.at, end: reader.at + size };
    if (module[at] === wanted) return section;
    at = section.end;
  }
  throw new Error('the module has no memory of its own');
}

/** Reads numbers as WASM writes them: seven bits a byte, least significant first. */
class Reader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  number(): number {
    let result = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++] ?? 0;
      result += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return result;
    }
  }
}

function encode(number: number): number[] {
  const bytes: number[] = [];
  let rest = number;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return [...bytes, rest];
}
