import type { Cancellation } from '@tidegate/core';
import type { JsonObject } from '../json/value.ts';
import type { WatchEvent } from './kube-client.ts';

export interface TransportRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface TransportAnswer {
  readonly status: number;
  readonly body: string;
  /** What the body would say, where the API is in the same process: it is shared and must not be changed. */
  readonly value?: JsonObject;
  /** Headers in lower case, as far as clients look at them: `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** How requests reach an API. */
export interface Transport {
  request(request: TransportRequest): Promise<TransportAnswer>;
  /** Lines of a stream; throws StreamRefused when the API answers something else. */
  stream(request: TransportRequest, cancellation: Cancellation | undefined): AsyncIterable<string>;
  /** The same, with events as they are instead of their lines. Their objects are shared and must not be changed. */
  events?(
    request: TransportRequest,
    cancellation: Cancellation | undefined,
  ): AsyncIterable<string | WatchEvent>;
}

/** A stream that the API did not open. */
export class StreamRefused extends Error {
  override readonly name = 'StreamRefused';
  readonly answer: TransportAnswer;

  constructor(answer: TransportAnswer) {
    super(`the API answered ${answer.status} instead of a stream`);
    this.answer = answer;
  }
}
