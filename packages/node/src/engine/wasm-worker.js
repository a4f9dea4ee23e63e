import { openSync } from 'node:fs';
import { WASI } from 'node:wasi';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * Runs the WASM build in a thread: instantiates the module that it is given and answers each frame
 * with one. Plain JavaScript, as threads load it without any tool.
 */
const nowhere = openSync('/dev/null', 'r+');
const wasi = new WASI({
  version: 'preview1',
  // Go programs and the libraries in them expect a name.
  args: ['renderer'],
  env: {},
  stdin: nowhere,
  stdout: nowhere,
  stderr: nowhere,
});
const instance = await WebAssembly.instantiate(workerData.module, wasi.getImportObject());
wasi.initialize(instance);
const { memory, allocate, handle, result } = instance.exports;

parentPort.on('message', (frame) => {
  try {
    const at = allocate(frame.length);
    new Uint8Array(memory.buffer, at, frame.length).set(frame);
    const answerBytes = handle(frame.length);
    const answer = new Uint8Array(memory.buffer, result(), answerBytes).slice();
    parentPort.postMessage({ answer }, [answer.buffer]);
  } catch (error) {
    parentPort.postMessage({ fault: String(error), memoryBytes: memory.buffer.byteLength });
  }
});
