import { Buffer } from 'node:buffer';
import { openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { WASI } from 'node:wasi';
import { brotliDecompressSync } from 'node:zlib';

/**
 * Runs the WASM build as a process that speaks frames on standard input and output, as the native one
 * does. Plain JavaScript, as Node runs it without any tool. Its argument is the module, plain or `.br`.
 */
const exitBroken = 2;
const exitMemory = 3;
/** A module that ends with more than this had run out of its 1.5 GiB. */
const nearlyAllBytes = 1024 * 1024 * 1024;
const lengthsBytes = 8;
const frameBytesMax = 256 * 1024 * 1024;

const path = process.argv[2];
const file = readFileSync(path);
const module = await WebAssembly.compile(path.endsWith('.br') ? brotliDecompressSync(file) : file);
const nowhere = openSync('/dev/null', 'r+');
const stdio = { stdin: nowhere, stdout: nowhere, stderr: nowhere };
// Go programs and the libraries in them expect a name.
const wasi = new WASI({ version: 'preview1', args: ['renderer'], env: {}, ...stdio });
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
wasi.initialize(instance);
const { memory, allocate, handle, result } = instance.exports;

for (let frame = readFrame(); frame !== undefined; frame = readFrame()) writeAll(answer(frame));

function answer(frame) {
  try {
    const at = allocate(frame.length);
    new Uint8Array(memory.buffer, at, frame.length).set(frame);
    const answerBytes = handle(frame.length);
    return new Uint8Array(memory.buffer, result(), answerBytes);
  } catch (error) {
    if (memory.buffer.byteLength > nearlyAllBytes) end(exitMemory, 'the module has no memory left');
    return end(1, String(error));
  }
}

/** The next frame, or undefined at the end of the input. */
function readFrame() {
  const lengths = readExactly(lengthsBytes);
  if (lengths === undefined) return undefined;
  const restBytes = lengths.readUInt32BE(0) + lengths.readUInt32BE(4);
  if (restBytes > frameBytesMax) end(exitBroken, `a frame of ${restBytes} bytes`);
  const rest = readExactly(restBytes);
  return rest === undefined
    ? end(exitBroken, 'a frame ends early')
    : Buffer.concat([lengths, rest]);
}

function readExactly(bytes) {
  const buffer = Buffer.alloc(bytes);
  for (let at = 0; at < bytes;) {
    const read = readSync(0, buffer, at, bytes - at, null);
    if (read === 0) return at === 0 ? undefined : end(exitBroken, 'a frame ends early');
    at += read;
  }
  return buffer;
}

function writeAll(bytes) {
  for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at);
}

function end(code, message) {
  writeSync(2, `${message}\n`);
  process.exit(code);
}
