import type { RenderParameter } from '@tidegate/core';

/** Version of the frames; the same number as in `renderer/protocol`. */
export const protocolVersion = 1;

/** Header of what the renderer is asked (`renderer/protocol/protocol.go`). */
export type EngineRequest =
  | { readonly do: 'greet' }
  | { readonly do: 'chart'; readonly digest: string }
  | { readonly do: 'render'; readonly render: EngineRender };

export interface EngineRender {
  readonly digest: string;
  readonly releaseName: string;
  readonly namespace: string;
  readonly kubeVersion: string;
  readonly apiVersions: readonly string[];
  readonly values: readonly { readonly path: string; readonly content: string }[];
  readonly parameters: readonly RenderParameter[];
  readonly skipCrds: boolean;
  readonly skipTests: boolean;
  readonly skipSchemaValidation: boolean;
  readonly outputBytesMax: number;
}

/** Header of what comes back. */
export interface EngineAnswer {
  readonly id: number;
  readonly fault?: 'render' | 'chart' | 'unknown-chart' | 'limit' | 'protocol';
  readonly message?: string;
  readonly protocol?: number;
  readonly helm?: string;
}

export interface Frame {
  readonly header: EngineAnswer;
  readonly payload: Buffer;
}

const lengthsBytes = 8;
/** Largest frame that is taken from a renderer. */
const frameBytesMax = 256 * 1024 * 1024;

/** A frame: two lengths, the header as JSON, the payload as it is. */
export function encodeFrame(header: object, payload: Uint8Array = new Uint8Array()): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const lengths = Buffer.alloc(lengthsBytes);
  lengths.writeUInt32BE(text.length, 0);
  lengths.writeUInt32BE(payload.length, 4);
  return Buffer.concat([lengths, text, payload]);
}

/** Puts a stream of chunks together to frames. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private sizeBytes = 0;

  /** Takes a chunk and gives the frames that it completes. Throws Error when it is no frame. */
  push(chunk: Buffer): Frame[] {
    this.chunks.push(chunk);
    this.sizeBytes += chunk.length;
    const frames: Frame[] = [];
    for (let frame = this.take(); frame !== undefined; frame = this.take()) frames.push(frame);
    return frames;
  }

  private take(): Frame | undefined {
    const lengths = this.peek(lengthsBytes);
    if (lengths === undefined) return undefined;
    const headerBytes = lengths.readUInt32BE(0);
    const wholeBytes = lengthsBytes + headerBytes + lengths.readUInt32BE(4);
    if (wholeBytes > frameBytesMax) throw new Error(`a frame of ${wholeBytes} bytes`);
    const whole = this.peek(wholeBytes);
    if (whole === undefined) return undefined;
    this.chunks = whole.length === wholeBytes ? [] : [whole.subarray(wholeBytes)];
    this.sizeBytes -= wholeBytes;
    const header = JSON.parse(
      whole.toString('utf8', lengthsBytes, lengthsBytes + headerBytes),
    ) as EngineAnswer;
    return { header, payload: whole.subarray(lengthsBytes + headerBytes, wholeBytes) };
  }

  /** The first bytes, in one piece, once there are so many. */
  private peek(bytes: number): Buffer | undefined {
    if (this.sizeBytes < bytes) return undefined;
    const [first] = this.chunks;
    if (first === undefined || first.length < bytes) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0];
  }
}
