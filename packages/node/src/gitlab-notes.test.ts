import { InputError, RemoteError, UsageError, type TidegateError } from '@tidegate/core';
import { describe, expect, it } from 'vitest';
import {
  gitlabStandIns,
  standInMergeRequest,
  standInToken,
  type GitlabStandIn,
  type ScriptedFailure,
  type SeedNote,
} from '../test/gitlab-stand-in.ts';
import { failureOf, testClock } from '../test/scratch.ts';
import { deadAddress, reply, testServers } from '../test/servers.ts';
import { gitlabNotes, type GitlabNotesOptions, type NoteOutcome } from './gitlab-notes.ts';

const standIn = gitlabStandIns();
const serve = testServers();
const marker = '<!-- tidegate:diff -->';
const text = `${marker}\n# Changes`;

interface Run {
  readonly outcome: Promise<NoteOutcome>;
  readonly slept: readonly number[];
}

function upsert(
  gitlab: Pick<GitlabStandIn, 'apiUrl'>,
  options: Partial<GitlabNotesOptions> = {},
  body = '# Changes',
): Run {
  const clock = testClock();
  const notes = gitlabNotes({
    apiUrl: gitlab.apiUrl,
    project: '42',
    mergeRequest: standInMergeRequest,
    token: standInToken,
    clock,
    ...options,
  });
  return { outcome: notes.upsert({ marker, body }), slept: clock.slept };
}

async function refusal(run: Run): Promise<TidegateError> {
  const error = await failureOf(run.outcome);
  expect(error).toBeInstanceOf(RemoteError);
  expect((error as RemoteError).exitCode).toBe(5);
  expect(JSON.stringify([error.message, error.stack, error])).not.toContain(standInToken);
  return error as RemoteError;
}

function chatter(count: number): SeedNote[] {
  return Array.from({ length: count }, (_, index) => ({ body: `note ${index}`, authorId: 8 }));
}

describe('gitlabNotes', () => {
  it('creates the note', async () => {
    const gitlab = await standIn({ notes: chatter(3) });

    expect(await upsert(gitlab).outcome).toBe('created');
    expect(gitlab.notes.slice(3).map(({ body }) => body)).toEqual([text]);
    expect(gitlab.calls).toEqual(['GET user', 'GET notes?page=1', 'POST notes']);
  });

  it('updates the note that it finds', async () => {
    const gitlab = await standIn({ notes: [{ body: `${marker}\nold` }, ...chatter(3)] });

    expect(await upsert(gitlab).outcome).toBe('updated');
    expect(gitlab.notes.map(({ body }) => body)).toEqual([text, 'note 0', 'note 1', 'note 2']);
    expect(gitlab.calls).toEqual(['GET user', 'GET notes?page=1', 'PUT note']);
  });

  it('writes nothing when the note says so already', async () => {
    const gitlab = await standIn({ notes: [{ body: text }] });

    expect(await upsert(gitlab).outcome).toBe('unchanged');
    expect(gitlab.calls).toEqual(['GET user', 'GET notes?page=1']);
  });

  it('knows its text again though GitLab drops line ends', async () => {
    const gitlab = await standIn();
    const body = '# Changes\r\n\r\n- "quoted" \\ \u{1f30a}\n\n';

    expect(await upsert(gitlab, {}, body).outcome).toBe('created');
    expect(await upsert(gitlab, {}, body).outcome).toBe('unchanged');
    expect(gitlab.notes[0]?.body).toBe(`${marker}\n# Changes\n\n- "quoted" \\ \u{1f30a}`);
  });

  it('takes a body that has its marker already', async () => {
    const gitlab = await standIn();

    expect(await upsert(gitlab, {}, text).outcome).toBe('created');
    expect(gitlab.notes.map(({ body }) => body)).toEqual([text]);
  });

  it('keeps notes of different markers apart', async () => {
    const gitlab = await standIn({ notes: [{ body: '<!-- tidegate:diff-live -->\n# Drift' }] });

    expect(await upsert(gitlab).outcome).toBe('created');
  });

  it('takes the newest of several, and leaves the others', async () => {
    const bodies = [`${marker}\nfirst`, `${marker}\nsecond`];
    const gitlab = await standIn({ notes: bodies.map((body) => ({ body })) });

    expect(await upsert(gitlab).outcome).toBe('updated');
    expect(gitlab.notes.map(({ body }) => body)).toEqual([bodies[0], text]);
  });

  it.each<[string, SeedNote]>([
    ['a note of somebody else', { body: text, authorId: 8 }],
    ['a system note', { body: text, isSystem: true }],
    ['a note that quotes the marker', { body: `> quoted\n${text}` }],
    ['a note that has the marker further on in the line', { body: ` ${text}` }],
    ['a note that goes on behind the marker', { body: `${marker} and more` }],
  ])('does not take %s', async (_, note) => {
    const gitlab = await standIn({ notes: [note] });

    expect(await upsert(gitlab).outcome).toBe('created');
    expect(gitlab.notes.map(({ body }) => body)).toEqual([note.body, text]);
  });

  describe('among many notes', () => {
    it('looks through all pages before it creates one', async () => {
      const gitlab = await standIn({ notes: chatter(250) });

      expect(await upsert(gitlab).outcome).toBe('created');
      const pages = gitlab.calls.filter((call) => call.startsWith('GET notes'));
      expect(pages).toEqual(['GET notes?page=1', 'GET notes?page=2', 'GET notes?page=3']);
    });

    it.each([
      ['first', 249, 1],
      ['second', 120, 2],
      ['last', 0, 3],
    ])('finds its note on the %s page, and looks no further', async (_, index, pages) => {
      const notes = chatter(250).toSpliced(index, 1, { body: `${marker}\nold` });
      const gitlab = await standIn({ notes });

      expect(await upsert(gitlab).outcome).toBe('updated');
      expect(gitlab.notes).toHaveLength(250);
      expect(gitlab.notes[index]?.body).toBe(text);
      expect(gitlab.calls.at(-2)).toBe(`GET notes?page=${pages}`);
    });

    it('goes on after a page whose notes the user may not see', async () => {
      const hidden = chatter(150).map((note) => ({ ...note, isHidden: true }));
      const gitlab = await standIn({ notes: [{ body: `${marker}\nold` }, ...hidden] });

      expect(await upsert(gitlab).outcome).toBe('updated');
    });

    it('goes on up to an empty page where nobody says how many there are', async () => {
      const gitlab = await standIn({ notes: chatter(150), isWithoutPageHeaders: true });

      expect(await upsert(gitlab).outcome).toBe('created');
      expect(gitlab.calls.at(-2)).toBe('GET notes?page=3');
    });
  });

  describe('addresses', () => {
    it('encodes the path of a project', async () => {
      const gitlab = await standIn({ project: 'group%2Fsub.group%2Fproject' });

      expect(await upsert(gitlab, { project: 'group/sub.group/project' }).outcome).toBe('created');
    });

    it.each(['', '/'])('takes an API below a folder, with "%s" at the end', async (end) => {
      const gitlab = await standIn({ prefix: '/gitlab' });

      expect(await upsert(gitlab, { apiUrl: gitlab.apiUrl + end }).outcome).toBe('created');
    });

    it.each<[string, Partial<GitlabNotesOptions>]>([
      ['is no GitLab project', { project: '' }],
      ['is no GitLab project', { project: '..' }],
      ['is no GitLab project', { project: 'group%2Fproject' }],
      ['is no merge request', { mergeRequest: Number.NaN }],
      ['is no merge request', { mergeRequest: 0 }],
      ["is no address of GitLab's API", { apiUrl: 'gitlab.example.com/api/v4' }],
      ["is no address of GitLab's API", { apiUrl: 'ftp://gitlab.example.com/api/v4' }],
      ["is no address of GitLab's API", { apiUrl: `https://x:${standInToken}@gitlab.example.com` }],
      [
        "is no address of GitLab's API",
        { apiUrl: `https://gitlab.example.com/?private_token=${standInToken}` },
      ],
      ['holds characters that no token has', { token: `${standInToken}\nsecond` }],
      ['holds characters that no token has', { token: ' ' }],
    ])('says what %s: %j', (message, options) => {
      const open = (): unknown => upsert({ apiUrl: 'https://gitlab.example.com/api/v4' }, options);

      expect(open).toThrow(UsageError);
      expect(open).toThrow(message);
      expect(open).not.toThrow(standInToken);
    });

    it('takes a token without the line end that files give it', async () => {
      const gitlab = await standIn();

      expect(await upsert(gitlab, { token: `${standInToken}\n` }).outcome).toBe('created');
    });
  });

  describe('refusals', () => {
    const insufficient = JSON.stringify({
      error: 'insufficient_scope',
      error_description: 'The request requires higher privileges.',
      scope: 'api',
    });

    it.each<[ScriptedFailure, string, string]>([
      [
        { at: 'GET user', answer: 401, body: '{"message":"401 Unauthorized"}' },
        'refuses the token (HTTP 401): 401 Unauthorized',
        'TIDEGATE_NOTES_TOKEN',
      ],
      [
        { at: 'POST notes', answer: 403, body: insufficient },
        'does not permit notes on merge request !5 of 42 (HTTP 403): insufficient_scope: The request requires higher privileges.',
        'scope api and at least the role Reporter',
      ],
      [
        { at: 'GET notes', answer: 404, body: '{"message":"404 Project Not Found"}' },
        'shows no merge request !5 of 42 to the token (HTTP 404): 404 Project Not Found',
        'check project and number',
      ],
      [
        { at: 'GET user', answer: 404, body: '<html>nothing here</html>' },
        "is not GitLab's API (HTTP 404)",
        'ends with /api/v4',
      ],
      [
        {
          at: 'POST notes',
          answer: 400,
          body: '{"message":"400 Bad request - Note {:base=>[\\"Maximum number of comments exceeded\\"]}"}',
        },
        'refuses the POST request for notes on merge request !5 of 42 (HTTP 400): 400 Bad request - Note {:base=>["Maximum number of comments exceeded"]}',
        '',
      ],
      [
        { at: 'POST notes', answer: 409, body: '{"message":"409 Conflict"}' },
        '(HTTP 409): 409 Conflict',
        '',
      ],
      [
        { at: 'POST notes', answer: 422, body: '{"message":{"note":["is odd","is new"]}}' },
        '(HTTP 422): note is odd, is new',
        '',
      ],
      [
        { at: 'POST notes', answer: 413, body: '<html>Request Entity Too Large</html>' },
        'finds the note of 32 characters too long (HTTP 413)',
        'client_max_body_size',
      ],
      [
        {
          at: 'POST notes',
          answer: 400,
          body: '{"message":"400 Bad request - Note {:note=>[\\"is too long (maximum is 20 characters)\\"]}"}',
        },
        'finds the note of 32 characters too long (HTTP 400): ',
        'a proxy',
      ],
      [
        { at: 'POST notes', answer: 202, body: '{"commands_changes":{},"summary":["Closed."]}' },
        'but took its text for quick actions (HTTP 202)',
        '',
      ],
    ])('says %j', async (failure, message, hint) => {
      const gitlab = await standIn({ failures: [failure] });
      const run = upsert(gitlab);
      const error = await refusal(run);

      expect(error.message).toContain(`${gitlab.apiUrl} `);
      expect(error.message).toContain(message);
      expect(error.hint ?? '').toContain(hint);
      expect(error.data).toEqual({ status: failure.answer });
      expect(run.slept).toEqual([]);
      expect(gitlab.notes).toEqual([]);
    });

    it.each([
      ['job', 401, 'a job token cannot write notes'],
      ['read_api', 403, 'with the scope api'],
    ] as const)('says what the token of caller %s lacks', async (caller, status, hint) => {
      const error = await refusal(upsert(await standIn({ caller })));

      expect(error.data).toEqual({ status });
      expect(error.hint).toContain(hint);
    });

    it('says when an update is refused', async () => {
      const notes = [{ body: `${marker}\nold` }];
      const gitlab = await standIn({ notes, failures: [{ at: 'PUT note', answer: 403 }] });

      expect((await refusal(upsert(gitlab))).message).toMatch(/does not permit notes .*403\)$/);
    });

    it.each(['\u202e', '\u0000', '\n', '\u001b[31m'])(
      'shows what GitLab says on one plain line, without %j',
      async (odd) => {
        const body = JSON.stringify({ message: `first${odd}second ${'x'.repeat(500)}` });
        const gitlab = await standIn({ failures: [{ at: 'GET user', answer: 400, body }] });
        const { message } = await refusal(upsert(gitlab));

        expect(message).not.toContain(odd);
        expect(message).toMatch(/: first .*x\.\.\.$/);
      },
    );

    it('does not show the token when the server repeats it', async () => {
      const padding = 'x'.repeat(290);
      const body = JSON.stringify({ message: `${padding}${standInToken}` });
      const gitlab = await standIn({ failures: [{ at: 'GET user', answer: 401, body }] });
      const { message } = await refusal(upsert(gitlab));

      expect(message).not.toContain('glpat');
    });

    it.each([
      ['GET user', '{"id":"7"}'],
      ['GET user', '<html>Sign in</html>'],
      ['GET notes', '{}'],
      ['POST notes', '<html>Sign in</html>'],
    ] as const)('does not take a web page for an answer to %s: %s', async (at, body) => {
      const gitlab = await standIn({ failures: [{ at, answer: 200, body }] });

      expect((await refusal(upsert(gitlab))).message).toMatch(/does not answer as GitLab's API/);
    });

    it.each([301, 302, 307, 308])('follows no redirect, such as HTTP %d', async (status) => {
      const elsewhere = await serve((_, response) => {
        reply(response, 200, '{"id":7}');
      });
      const location = `${elsewhere.url}/api/v4/user?private_token=${standInToken}`;
      const gitlab = await standIn({
        failures: [{ at: 'GET user', answer: status, headers: { location } }],
      });
      const { message } = await refusal(upsert(gitlab));

      expect(message).toBe(
        `${gitlab.apiUrl} leads to ${elsewhere.url}/api/v4/user instead of answering (HTTP ${status})`,
      );
      expect(elsewhere.seen).toEqual([]);
    });
  });

  describe('the longest note', () => {
    const room = 1_000_000 - marker.length - 1;

    it.each(['x', '\u{1f30a}'])('is created, of %j', async (character) => {
      const gitlab = await standIn();

      expect(await upsert(gitlab, {}, character.repeat(room)).outcome).toBe('created');
    });

    it('is not exceeded, and GitLab is not asked', async () => {
      const gitlab = await standIn();
      const error = await failureOf(upsert(gitlab, {}, 'x'.repeat(room + 1)).outcome);

      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toContain('has 1000001 characters; expected at most 1000000');
      expect(gitlab.calls).toEqual([]);
    });
  });

  it.each(['', 'tidegate', '<!-- -->', '<!-- a\nb -->', '<!-- a --> b', '<!-- a --> <!-- b -->'])(
    'takes marker %j for a bug',
    (odd) => {
      const notes = gitlabNotes({
        apiUrl: 'https://gitlab.example.com/api/v4',
        project: '42',
        mergeRequest: 5,
        token: standInToken,
        clock: testClock(),
      });

      expect(() => notes.upsert({ marker: odd, body: '' })).toThrow('invariant broken');
    },
  );

  describe('too many requests', () => {
    const body = '{"message":{"error":"This endpoint has been requested too many times."}}';

    it.each([
      ['7', 7_000],
      ['0', 1_000],
      ['Tue, 01 Jan 2030 00:01:30 GMT', 90_000],
      ['Mon, 31 Dec 2029 23:59:00 GMT', 1_000],
      ['soon', 10_000],
    ])('waits as Retry-After: %s says', async (header, waitMs) => {
      const headers = { 'retry-after': header };
      const gitlab = await standIn({
        failures: [{ at: 'POST notes', answer: 429, body, headers }],
      });
      const run = upsert(gitlab);

      expect(await run.outcome).toBe('created');
      expect(run.slept).toEqual([waitMs]);
      expect(gitlab.notes).toHaveLength(1);
    });

    it('waits for more than the minute that the limit holds, then gives up', async () => {
      const run = upsert(await standIn({ createdInMinute: 300 }));
      const error = await refusal(run);

      expect(run.slept).toEqual([10_000, 20_000, 40_000]);
      expect(error.message).toMatch(
        /takes no more requests for now \(HTTP 429\): .*Try again later/,
      );
    });

    it('does not wait for longer than a job should', async () => {
      const headers = { 'retry-after': '3600' };
      const gitlab = await standIn({ failures: [{ at: 'GET user', answer: 429, headers }] });
      const run = upsert(gitlab);

      expect((await refusal(run)).message).toContain(
        'takes no more requests for 3600 s (HTTP 429)',
      );
      expect(run.slept).toEqual([]);
    });
  });

  describe('failures that pass', () => {
    const failing = [500, 502, 503, 504, 'drop'] as const;

    it.each(failing)('reads again after %s', async (answer) => {
      const gitlab = await standIn({
        failures: [
          { at: 'GET user', answer },
          { at: 'GET notes', answer },
          { at: 'GET notes', answer },
        ],
      });
      const run = upsert(gitlab);

      expect(await run.outcome).toBe('created');
      expect(run.slept).toEqual([1_000, 1_000, 2_000]);
    });

    it.each(failing)('updates again after %s', async (answer) => {
      const gitlab = await standIn({
        notes: [{ body: `${marker}\nold` }],
        failures: [{ at: 'PUT note', answer }],
      });

      expect(await upsert(gitlab).outcome).toBe('updated');
      expect(gitlab.notes.map(({ body }) => body)).toEqual([text]);
    });

    it.each(failing)('creates again after %s, having looked', async (answer) => {
      const gitlab = await standIn({ failures: [{ at: 'POST notes', answer }] });

      expect(await upsert(gitlab).outcome).toBe('created');
      expect(gitlab.notes).toHaveLength(1);
      expect(gitlab.calls.slice(2)).toEqual(['POST notes', 'GET notes?page=1', 'POST notes']);
    });

    it.each([...failing, 'hang'] as const)(
      'creates no second note when the first came about in spite of %s',
      async (answer) => {
        const gitlab = await standIn({ failures: [{ at: 'POST notes', answer, isDone: true }] });

        expect(await upsert(gitlab, { fetchTimeoutMs: 200 }).outcome).toBe('created');
        expect(gitlab.notes).toHaveLength(1);
        expect(gitlab.calls.slice(2)).toEqual(['POST notes', 'GET notes?page=1']);
      },
    );

    it('finds the note that the last try created', async () => {
      const failure = { at: 'POST notes', answer: 502 } as const;
      const failures = [failure, failure, failure, { ...failure, isDone: true }];
      const gitlab = await standIn({ failures });

      expect(await upsert(gitlab).outcome).toBe('created');
      expect(gitlab.notes).toHaveLength(1);
    });

    it('updates what another pipeline has created meanwhile', async () => {
      const before = (): void => {
        gitlab.add({ body: `${marker}\nof the other pipeline` });
      };
      const gitlab = await standIn({ failures: [{ at: 'POST notes', answer: 502, before }] });

      expect(await upsert(gitlab).outcome).toBe('updated');
      expect(gitlab.notes.map(({ body }) => body)).toEqual([text]);
    });

    it('creates the note when somebody deletes it meanwhile', async () => {
      const before = (): void => {
        gitlab.notes.pop();
      };
      const gitlab = await standIn({
        notes: [{ body: `${marker}\nold` }],
        failures: [{ at: 'PUT note', answer: 404, before }],
      });

      expect(await upsert(gitlab).outcome).toBe('created');
      expect(gitlab.notes.map(({ body }) => body)).toEqual([text]);
    });
  });

  describe('failures that stay', () => {
    it('gives up reading', async () => {
      const failure = { at: 'GET notes', answer: 502, body: '<html>Bad Gateway</html>' } as const;
      const gitlab = await standIn({ failures: Array.from({ length: 4 }, () => failure) });
      const run = upsert(gitlab);
      const error = await refusal(run);

      expect(error.message).toBe(`${gitlab.apiUrl} fails (HTTP 502)`);
      expect(error.hint).toContain('see whether GitLab is up');
      expect(run.slept).toEqual([1_000, 2_000, 4_000]);
    });

    it('gives up creating', async () => {
      const failure = { at: 'POST notes', answer: 500 } as const;
      const gitlab = await standIn({ failures: Array.from({ length: 4 }, () => failure) });

      expect((await refusal(upsert(gitlab))).message).toBe(`${gitlab.apiUrl} fails (HTTP 500)`);
      expect(gitlab.calls.at(-1)).toBe('GET notes?page=1');
    });

    it('gives up on a note that is listed and cannot be updated', async () => {
      const failure = { at: 'PUT note', answer: 404 } as const;
      const gitlab = await standIn({
        notes: [{ body: `${marker}\nold` }],
        failures: Array.from({ length: 4 }, () => failure),
      });

      expect((await refusal(upsert(gitlab))).data).toEqual({ status: 404 });
    });

    it('does not wait for a server that never answers', async () => {
      const failure = { at: 'GET user', answer: 'hang' } as const;
      const gitlab = await standIn({ failures: Array.from({ length: 4 }, () => failure) });
      const error = await refusal(upsert(gitlab, { fetchTimeoutMs: 50 }));

      expect(error.message).toBe(
        `${gitlab.apiUrl}/user cannot be reached: no answer within 0.05 s`,
      );
    });

    it('says why a server cannot be reached', async () => {
      const apiUrl = `http://${await deadAddress()}/api/v4`;

      expect((await refusal(upsert({ apiUrl }))).message).toMatch(
        /cannot be reached: ECONNREFUSED$/,
      );
    });
  });
});
