import type { Cancellation } from '@tidegate/core';

export interface TransportRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface TransportAnswer {
  readonly status: number;
  readonly body: string;
  /** Headers in lower case, as far as clients look at them: `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** How requests reach an API. */
export interface Transport {
  request(request: TransportRequest): Promise<TransportAnswer>;
  /** Lines of a stream; throws StreamRefused when the API answers something else. */
  stream(request: TransportRequest, cancellation: Cancellation | undefined): AsyncIterable<string>;
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
