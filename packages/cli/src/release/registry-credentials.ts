import { InputError } from '@tidegate/core';
import {
  imageRegistry,
  systemClock,
  type ChartCredentials,
  type ImageRegistry,
} from '@tidegate/node';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Io } from '../io.ts';

/** The part of Docker's config.json that holds credentials; GitLab gives it as DOCKER_AUTH_CONFIG. */
const authConfig = z.object({
  auths: z
    .record(
      z.string(),
      z.object({
        auth: z.string().optional(),
        username: z.string().optional(),
        password: z.string().optional(),
        registrytoken: z.string().optional(),
      }),
    )
    .default({}),
});

/** Container registries with the credentials that Docker has for them: DOCKER_AUTH_CONFIG, else its config.json. */
export async function openImageRegistry(io: Io): Promise<ImageRegistry> {
  return imageRegistry({ clock: systemClock(), credentials: await registryCredentials(io.env) });
}

/** Credentials by registry host. Throws InputError when they cannot be read, without showing them. */
export async function registryCredentials(
  env: Io['env'],
): Promise<ReadonlyMap<string, ChartCredentials>> {
  const given = env['DOCKER_AUTH_CONFIG'];
  if (given !== undefined && given !== '') return parseAuthConfig(given, 'DOCKER_AUTH_CONFIG');
  const folder = env['DOCKER_CONFIG'] ?? join(env['HOME'] ?? '/nonexistent', '.docker');
  const file = join(folder, 'config.json');
  try {
    return parseAuthConfig(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof InputError) throw error;
    return new Map();
  }
}

function parseAuthConfig(text: string, where: string): ReadonlyMap<string, ChartCredentials> {
  const parsed = authConfig.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new InputError(`${where} is no Docker configuration; expected JSON with "auths"`);
  }
  const entries = Object.entries(parsed.data.auths).flatMap(
    ([name, auth]): [string, ChartCredentials][] => {
      const credentials = readAuth(auth);
      return credentials === undefined ? [] : [[hostOf(name), credentials]];
    },
  );
  return new Map(entries);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readAuth(auth: {
  readonly auth?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly registrytoken?: string | undefined;
}): ChartCredentials | undefined {
  if (auth.registrytoken !== undefined) return { token: auth.registrytoken };
  const [, username = auth.username, password = auth.password] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(auth.auth ?? '', 'base64').toString()) ?? [];
  return username === undefined || password === undefined ? undefined : { username, password };
}

/** Docker names its own registry by a URL. */
function hostOf(name: string): string {
  const host = name.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
}
