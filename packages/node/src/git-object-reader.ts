import { ToolError } from '@tidegate/core';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { gitEnvironment } from './git.ts';

/** An object of a Git repository. */
export interface GitObject {
  /** Its full name. */
  readonly name: string;
  readonly kind: 'blob' | 'tree' | 'commit' | 'tag';
  /** Its content; empty when it has more bytes than were wanted. */
  readonly bytes: Buffer;
  readonly sizeBytes: number;
}

interface Waiting {
  readonly name: string;
  readonly bytesMax: number;
  readonly resolve: (object: GitObject | undefined) => void;
  readonly reject: (error: Error) => void;
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

const idleMs = 500;

/**
 * Reads objects of one repository through a `git cat-file --batch` that stays for as long as it is
 * used: thousands of objects cost one process. It keeps the program alive only while it is asked.
 */
export class GitObjectReader {
  /** Folder of the repository. */
  readonly root: string;
  private readonly waiting: Waiting[] = [];
  private readonly asked = new Map<string, Promise<GitObject | undefined>>();
  private child: Child | undefined;
  private idle: NodeJS.Timeout | undefined;
  private parser = new AnswerParser();
  /** Lines that the child has not been sent yet. */
  private readonly unsent: string[] = [];

  constructor(root: string) {
    this.root = root;
  }

  /**
   * An object by its name or by anything that names it; undefined when there is none. Larger ones than
   * wanted are not kept. Throws ToolError when git ends.
   */
  async read(name: string, bytesMax = Number.MAX_SAFE_INTEGER): Promise<GitObject | undefined> {
    // The sides of a diff ask for the same object at about the same time.
    const key = `${bytesMax} ${name}`;
    const asked = this.asked.get(key) ?? this.ask(name, bytesMax);
    this.asked.set(key, asked);
    try {
      return await asked;
    } finally {
      this.asked.delete(key);
    }
  }

  private ask(name: string, bytesMax: number): Promise<GitObject | undefined> {
    clearTimeout(this.idle);
    return new Promise((resolve, reject) => {
      this.waiting.push({ name, bytesMax, resolve, reject });
      const child = (this.child ??= this.start());
      keepAlive(child, true);
      this.send(child, name);
    });
  }

  /** What is asked at the same time goes to git in one write. */
  private send(child: Child, name: string): void {
    if (this.unsent.length === 0) {
      process.nextTick(() => {
        child.stdin.write(this.unsent.splice(0).join(''));
      });
    }
    this.unsent.push(`${name}\n`);
  }

  private start(): Child {
    const args = ['-C', this.root, 'cat-file', '--batch'];
    const stdio = ['pipe', 'pipe', 'ignore'] as const;
    const child = spawn('git', args, { env: gitEnvironment(), stdio: [...stdio] });
    this.parser = new AnswerParser();
    child.stdout.on('data', (chunk: Buffer) => {
      this.take(chunk);
    });
    // Its end is reported by 'close'.
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => {
      this.fail(child, `cannot be run: ${error.message}`);
    });
    child.on('close', (code) => {
      this.fail(child, `ended with exit code ${code ?? 'unknown'}`);
    });
    return child;
  }

  private take(chunk: Buffer): void {
    this.parser.push(chunk);
    for (let [next] = this.waiting; next !== undefined; [next] = this.waiting) {
      const answer = this.parser.next(next.bytesMax);
      if (answer === 'incomplete') return;
      this.waiting.shift();
      next.resolve(answer === 'missing' ? undefined : answer);
    }
    if (this.child === undefined) return;
    keepAlive(this.child, false);
    const { child } = this;
    this.idle = setTimeout(() => {
      // Who asks while it ends gets another one.
      if (this.child === child) this.child = undefined;
      child.stdin.end();
    }, idleMs).unref();
  }

  private fail(child: Child, how: string): void {
    if (this.child !== child) return;
    this.child = undefined;
    clearTimeout(this.idle);
    const error = new ToolError(`git cat-file failed in ${this.root}: it ${how}`);
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}

function keepAlive(child: Child, isBusy: boolean): void {
  const pipes = [child.stdin, child.stdout] as unknown as readonly Socket[];
  for (const handle of [child, ...pipes]) {
    if (isBusy) handle.ref();
    else handle.unref();
  }
}

/** `cat-file --batch` answers each name with a line `<object> <kind> <size>`, its bytes, a newline. */
class AnswerParser {
  private chunks: Buffer[] = [];
  private sizeBytes = 0;
  private header: Omit<GitObject, 'bytes'> | undefined;
  /** Bytes of an object that is not kept, still to come. */
  private skipBytes = 0;

  push(chunk: Buffer): void {
    const skipped = Math.min(this.skipBytes, chunk.length);
    this.skipBytes -= skipped;
    if (skipped === chunk.length) return;
    this.chunks.push(skipped === 0 ? chunk : chunk.subarray(skipped));
    this.sizeBytes += chunk.length - skipped;
  }

  next(bytesMax: number): GitObject | 'missing' | 'incomplete' {
    if (this.skipBytes > 0) return 'incomplete';
    if (this.header === undefined) {
      const line = this.takeLine();
      if (line === undefined) return 'incomplete';
      const [, name, kind, size] = /^([0-9a-f]+) (blob|tree|commit|tag) (\d+)$/.exec(line) ?? [];
      if (name === undefined) return 'missing';
      this.header = { name, kind: kind as GitObject['kind'], sizeBytes: Number(size) };
    }
    const { header } = this;
    const { sizeBytes } = header;
    if (sizeBytes > bytesMax) return this.skip(header);
    if (this.sizeBytes < sizeBytes + 1) return 'incomplete';
    const bytes = this.takeBytes(sizeBytes + 1).subarray(0, sizeBytes);
    this.header = undefined;
    return { ...header, bytes };
  }

  private skip(header: Omit<GitObject, 'bytes'>): GitObject {
    const { sizeBytes } = header;
    const there = Math.min(this.sizeBytes, sizeBytes + 1);
    this.takeBytes(there);
    this.skipBytes = sizeBytes + 1 - there;
    this.header = undefined;
    return { ...header, bytes: Buffer.alloc(0) };
  }

  private takeLine(): string | undefined {
    const all = this.joined();
    const end = all.indexOf('\n');
    if (end < 0) return undefined;
    return this.takeBytes(end + 1)
      .subarray(0, end)
      .toString();
  }

  private takeBytes(count: number): Buffer {
    const all = this.joined();
    this.chunks = all.length === count ? [] : [all.subarray(count)];
    this.sizeBytes -= count;
    return all.subarray(0, count);
  }

  private joined(): Buffer {
    if (this.chunks.length !== 1) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0] ?? Buffer.alloc(0);
  }
}
