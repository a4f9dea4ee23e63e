import { describe, expect, it } from 'vitest';
import { limitMemory } from './wasm-memory.ts';

declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object): Promise<{ exports: { m: { grow(pages: number): number } } }>;
};

/** A module with one memory of one page, exported as `m`. */
const module = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[5, 3, 1, 0, 1],
  ...[7, 5, 1, 1, 0x6d, 2, 0],
]);

describe('limitMemory', () => {
  it('gives a memory a largest size and leaves the rest as it is', async () => {
    const limited = limitMemory(module, 200);
    const { exports } = await WebAssembly.instantiate(await WebAssembly.compile(limited));

    expect(exports.m.grow(199)).toBe(1);
    expect(() => exports.m.grow(1)).toThrow();
    expect(limitMemory(limited, 200)).not.toBe(limited);
  });

  it('refuses a memory that is larger already, and a module without one', () => {
    expect(() => limitMemory(module, 0)).toThrow('at most 0 pages');
    expect(() => limitMemory(module.subarray(0, 8), 1)).toThrow('no memory of its own');
  });
});
