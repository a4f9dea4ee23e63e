import { describe, expect, it } from 'vitest';
import { answerNotesRequest, evaluateNotesCase, type NotesCase } from './notes-model.ts';

const list = '/projects/:id/merge_requests/:iid/notes';
const tooLong = (fields: string): string => `400 Bad request - Note {${fields}}`;

/** Answers as GitLab's own tests and documents record them. */
const recorded: readonly NotesCase[] = [
  {
    request: `POST ${list}`,
    body: { body: 'hi!' },
    auth: true,
    status: 201,
    response: { body: 'hi!', 'author.username': '<user>' },
  },
  {
    request: `POST ${list}`,
    body: {},
    auth: true,
    status: 400,
    response: { error: 'body is missing' },
  },
  {
    request: `POST ${list}`,
    body: { body: 'hi!' },
    auth: false,
    status: 401,
    response: { message: '401 Unauthorized' },
  },
  ...[
    ':note=>["is too long (maximum is 1000000 characters)"]',
    'note: ["is too long (maximum is 1000000 characters)"]',
  ].map((fields) => ({
    request: `POST ${list}`,
    body: { body: 'xxx... 1,000,001 characters' },
    auth: true,
    status: 400,
    response: { message: tooLong(fields) },
  })),
  {
    request: `POST ${list}`,
    body: { body: 'xxx... 1,000,000 characters' },
    auth: true,
    status: 201,
  },
  {
    request: `POST ${list}`,
    body: { body: '/close' },
    auth: true,
    status: 202,
    response: { commands_changes: '...', summary: ['...'] },
  },
  {
    request: `POST ${list}`,
    body: 'more than 300 per minute per user',
    auth: true,
    status: 429,
    response: {
      message: { error: 'This endpoint has been requested too many times. Try again later.' },
    },
  },
  { request: `POST ${list}`, body: 'more than 20 per minute per user', auth: true, status: 201 },
  { request: `POST ${list}`, auth: 'CI_JOB_TOKEN', status: 401 },
  { request: `GET ${list}`, auth: 'CI_JOB_TOKEN', status: 200 },
  { request: `POST ${list}`, auth: 'read_api', body: { body: 'x' }, status: 403 },
  { request: `GET ${list}`, auth: true, status: 200 },
  { request: `GET ${list}?sort=asc&order_by=updated_at`, auth: true, status: 200 },
  { request: `GET ${list}`, auth: false, status: 401 },
  { request: `GET ${list} unknown`, auth: true, status: 404 },
  { request: `GET ${list}/:note_id`, auth: true, status: 200 },
  { request: `GET ${list}/:note_id unknown`, auth: true, status: 404 },
  {
    request: `PUT ${list}/:note_id`,
    body: { body: 'Hello!' },
    auth: true,
    status: 200,
    response: { body: 'Hello!' },
  },
  { request: `PUT ${list}/:note_id`, body: { body: ' ' }, auth: true, status: 400 },
  { request: `PUT ${list}/:note_id`, auth: true, status: 400 },
  { request: `PUT ${list}/:note_id unknown`, body: { body: 'x' }, auth: true, status: 404 },
  { request: `DELETE ${list}/:note_id`, auth: true, status: 204 },
  { request: `DELETE ${list}/:note_id unknown`, auth: true, status: 404 },
  { request: `POST ${list}`, body: { body: '' }, auth: true, status: 400 },
  { request: `POST ${list}`, body: { body: 7 }, auth: true, status: 400 },
];

describe('evaluateNotesCase', () => {
  it.each(recorded)('agrees with $request, $body, $auth: $status', (one) => {
    expect(evaluateNotesCase(one)).toEqual([]);
  });

  it('says where the model differs', () => {
    const one = {
      request: `POST ${list}`,
      body: { body: 'hi!' },
      auth: true,
      status: 200,
      response: { body: 'ho!', 'author.id': '...', summary: ['...'] },
    };

    expect(evaluateNotesCase(one)).toEqual([
      { where: 'status', expected: 200, got: 201 },
      { where: 'response.body', expected: 'ho!', got: 'hi!' },
      { where: 'response.author.id', expected: '...', got: undefined },
      { where: 'response.summary', expected: ['...'], got: undefined },
    ]);
  });

  it.each<[string, Partial<NotesCase>]>([
    ['no request to the notes API', { request: 'GET /projects/:id/pipelines' }],
    ['no caller', { auth: 'somebody' }],
    ['no request is known', { body: 'all kinds of things' }],
  ])('says what it does not understand: %s', (why, fields) => {
    const verdict = evaluateNotesCase({
      request: `GET ${list}`,
      auth: true,
      status: 200,
      ...fields,
    });

    expect(verdict).toEqual({ notCovered: expect.stringContaining(why) as string });
  });
});

describe('answerNotesRequest', () => {
  const store = (body: string): string | undefined =>
    answerNotesRequest({ method: 'POST', caller: 'api', isKnown: true, content: { body } }).stored;

  it.each([
    ['line ends', 'a\r\nb\r\n \n', 'a\nb'],
    ['quick actions', 'a\n/label ~x\n/close\nb', 'a\nb'],
    ['nothing within fences', 'a\n```\n/close\n```\nb', 'a\n```\n/close\n```\nb'],
    [
      'nothing that is no quick action',
      '/closed\n/unknown x\n /close',
      '/closed\n/unknown x\n /close',
    ],
  ])('takes %s out of what it stores', (_, body, stored) => {
    expect(store(body)).toBe(stored);
  });

  it('stores nothing where nothing is left', () => {
    expect(store('/close\n/label ~x\n')).toBeUndefined();
  });
});
