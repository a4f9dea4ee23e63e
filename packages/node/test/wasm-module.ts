/** Written out by hand: a module that answers whatever it is asked with one frame. */
export function answeringModule(answer: object): Buffer {
  const header = Buffer.from(JSON.stringify(answer));
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(header.length, 0);
  const frame = Buffer.concat([lengths, header]);
  return Buffer.concat([
    Buffer.from('\0asm\x01\0\0\0', 'latin1'),
    // () -> (), (i32) -> i32, () -> i32
    section(1, [
      [0x60, 0, 0],
      [0x60, 1, i32, 1, i32],
      [0x60, 0, 1, i32],
    ]),
    section(3, [[0], [1], [1], [2]]),
    section(5, [[0, 1]]),
    section(7, [
      exported('memory', 2, 0),
      exported('_initialize', 0, 0),
      exported('allocate', 0, 1),
      exported('handle', 0, 2),
      exported('result', 0, 3),
    ]),
    section(10, [
      body([]),
      body([constant, ...signed(requestAt)]),
      body([constant, ...signed(frame.length)]),
      body([constant, ...signed(answerAt)]),
    ]),
    section(11, [[0, constant, ...signed(answerAt), end, ...unsigned(frame.length), ...frame]]),
  ]);
}

const i32 = 0x7f;
const constant = 0x41;
const end = 0x0b;
const answerAt = 1024;
const requestAt = 8192;

function section(id: number, items: readonly (readonly number[])[]): Buffer {
  const content = [...unsigned(items.length), ...items.flat()];
  return Buffer.from([id, ...unsigned(content.length), ...content]);
}

function exported(name: string, kind: number, index: number): number[] {
  return [name.length, ...Buffer.from(name), kind, index];
}

function body(code: readonly number[]): number[] {
  return [...unsigned(code.length + 2), 0, ...code, end];
}

/** LEB128, which the numbers of modules are written in. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
