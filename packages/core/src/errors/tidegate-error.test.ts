import { describe, expect, it } from 'vitest';
import {
  ConflictError,
  DeadlineError,
  InputError,
  invariant,
  RemoteError,
  throwFaults,
  TidegateError,
  ToolError,
  UsageError,
} from './tidegate-error.ts';

describe('errors', () => {
  it.each([
    [new UsageError('m'), 'UsageError', 'USAGE', 2],
    [new InputError('m'), 'InputError', 'INPUT', 3],
    [new ToolError('m'), 'ToolError', 'TOOL', 4],
    [new RemoteError('m'), 'RemoteError', 'REMOTE', 5],
    [new ConflictError('m'), 'ConflictError', 'CONFLICT', 6],
    [new DeadlineError('m'), 'DeadlineError', 'DEADLINE', 7],
  ])('%s carries its code and exit code', (error, ...[name, code, exitCode]) => {
    expect(error).toBeInstanceOf(TidegateError);
    expect(error.name).toBe(name);
    expect(error.code).toBe(code);
    expect(error.exitCode).toBe(exitCode);
    expect(error.hint).toBeUndefined();
    expect(error.data).toStrictEqual({});
  });

  it('carry a cause, a hint, a position and data', () => {
    const cause = new Error('c');
    const position = { file: 'f', line: 1, column: 2 };
    const error = new ToolError('m', { cause, hint: 'h', position, data: { tries: 3 } });
    expect(error).toMatchObject({ cause, hint: 'h', position, data: { tries: 3 } });
  });
});

describe('throwFaults', () => {
  it('throws nothing for no fault', () => {
    expect(() => throwFaults([])).not.toThrow();
  });

  it('throws all faults at once; the first one speaks', () => {
    const faults = [
      { message: 'first', position: { file: 'a', line: 1 }, hint: 'h' },
      { message: 'second' },
    ];
    expect(() => throwFaults(faults)).toThrow(
      expect.objectContaining({
        message: 'first',
        hint: 'h',
        position: { file: 'a', line: 1 },
        diagnostics: faults,
      }),
    );
  });
});

describe('invariant', () => {
  it('throws what is a bug, not an expected failure', () => {
    expect(() => invariant(true, 'x')).not.toThrow();
    expect(() => invariant(false, 'x')).toThrow('invariant broken: x');
    expect(() => invariant(false, 'x')).not.toThrow(TidegateError);
  });
});
