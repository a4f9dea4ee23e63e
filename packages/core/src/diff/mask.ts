import { InputError } from '../errors/tidegate-error.ts';
import { decodeBase64 } from './base64.ts';
import { embeddedJson, isMarkedNumber } from './embedded-json.ts';
import { knownSecrets, readingsOf } from './known-secrets.ts';
import type { Masker } from './model.ts';
import { isKeyName } from './secret-assignments.ts';
import { findSecretBlocks } from './secret-blocks.ts';
import {
  below,
  isSecretClass,
  itemOf,
  keyJudge,
  noKey,
  type KeyInfo,
  type KeyJudge,
  type KeySettings,
} from './secret-keys.ts';
import { findPretended, findSecrets, findTokenShapes } from './secret-patterns.ts';
import { isDigestValue, isSecretValue } from './secret-values.ts';
import { allMatches, mergeSpans, replaceSpans, type Span } from './spans.ts';

/** What is masked beside the data of Secrets. `*` in a pattern stands for anything; case is ignored. */
export interface MaskSettings extends KeySettings {
  /** Whether what looks as if drawn at random is masked. Default: true. */
  readonly entropy?: boolean;
}

export interface MaskerOptions {
  /** A keyed digest, short, of letters and digits. */
  readonly digest: (text: string) => string;
  readonly settings?: MaskSettings;
}

const maskShape = /<masked [\w-]{1,64}>/g;
/** From this length on, secrets are looked for in texts: in a Secret, and elsewhere. */
const secretLengthMin = 4;
const likelyLengthMin = 6;
/** Lines of a secret of several lines are secrets from this length on. */
const lineLengthMin = 8;
/** As deep as objects may be. */
const depthMax = 200;
/** Masks of longer secrets are made anew. */
const rememberedLengthMax = 256;
/** Texts in JSON in texts in JSON are walked this deep. */
const embeddedMax = 3;

const dataKeys = new Set(['data', 'stringData', 'binaryData']);
/** Beside one of these, unless it is empty, `secretKey` is the name of a key. */
const besideKeyNames = ['existingSecret', 'secretName', 'secretRef', 'remoteRef'];

/**
 * Takes secrets out of objects and texts. What an object comes out as depends on it alone, so both
 * sides of a diff are masked alike; what holds no secret is returned as it is, the same object. What
 * it masks, `maskText` finds in texts from then on.
 */
export function createMasker({ digest, settings = {} }: MaskerOptions): Masker {
  const masks = new Masks(digest);
  const judge = keyJudge(settings);
  const hasEntropy = settings.entropy !== false;
  return {
    maskObject: (object) => new ObjectMasker({ masks, judge, hasEntropy }).value(object, noKey, 0),
    maskText: (text) =>
      masks.outsideMasks(text, (part) => {
        const spans = [
          ...masks.known.find(part),
          ...findSecretBlocks(part),
          ...findSecrets(part, { judge, hasEntropy, hasCommits: true }),
        ];
        return spans.length === 0 ? part : replaceSpans(part, spans, (found) => masks.seen(found));
      }),
  };
}

/** Masks that were given, and what they stand for. */
class Masks {
  readonly known = knownSecrets();
  private readonly digest: (text: string) => string;
  private readonly given = new Set<string>();
  private readonly remembered = new Map<string, string>();

  constructor(digest: (text: string) => string) {
    this.digest = digest;
  }

  /** The mask of a secret: depends on it alone. */
  of(secret: string): string {
    const before = this.remembered.get(secret);
    if (before !== undefined) return before;
    const mask = `<masked ${this.digest(secret)}>`;
    this.given.add(mask);
    if (secret.length <= rememberedLengthMax) this.remembered.set(secret, mask);
    return mask;
  }

  /** The mask of a part of a text, which may be another form of a known secret. */
  seen(part: string): string {
    return this.known.maskOf(part) ?? this.of(part);
  }

  /** Changes what is not one of our own masks. */
  outsideMasks(text: string, change: (part: string) => string): string {
    const parts: string[] = [];
    let at = 0;
    for (const { index, 0: mask } of allMatches(text, maskShape)) {
      if (!this.given.has(mask)) continue;
      parts.push(change(text.slice(at, index)), mask);
      at = index + mask.length;
    }
    parts.push(change(text.slice(at)));
    return parts.join('');
  }
}

interface MaskingContext {
  readonly masks: Masks;
  readonly judge: KeyJudge;
  readonly hasEntropy: boolean;
}

type Data = Readonly<Record<string, unknown>>;

/** Walks an object. Whatever holds no secret is returned as it is. */
class ObjectMasker {
  private readonly context: MaskingContext;
  private embedded = 0;

  constructor(context: MaskingContext) {
    this.context = context;
  }

  value(value: unknown, info: KeyInfo, depth: number): unknown {
    if (typeof value === 'string') {
      if (this.embedded === 0 || !isMarkedNumber(value)) return this.text(value, info);
      return info.class === 'password' ? this.scalar(value) : value;
    }
    if (typeof value === 'number') return info.class === 'password' ? this.scalar(value) : value;
    if (typeof value !== 'object' || value === null) return value;
    if (depth > depthMax) throw new InputError(`nested more than ${depthMax} levels deep`);
    return Array.isArray(value)
      ? this.list(value as readonly unknown[], info, depth)
      : this.object(value as Data, info, depth);
  }

  private list(items: readonly unknown[], info: KeyInfo, depth: number): unknown {
    const own = itemOf(info);
    let flag: KeyInfo | undefined;
    return changedItems(items, (item) => {
      const isValue = flag !== undefined && typeof item === 'string' && !/^--?[a-z]/i.test(item);
      const masked = this.value(item, isValue && flag !== undefined ? flag : own, depth + 1);
      flag = typeof item === 'string' ? this.flagOf(item) : undefined;
      return masked;
    });
  }

  /** What an argument such as `--password` says about the next one. */
  private flagOf(argument: string): KeyInfo | undefined {
    if (!argument.startsWith('-') || !/^--?[A-Za-z][\w.-]{0,63}$/.test(argument)) return undefined;
    const info = this.context.judge(argument);
    return isSecretClass(info) ? info : undefined;
  }

  private object(object: Data, info: KeyInfo, depth: number): unknown {
    const kind = kindOf(object);
    const named = this.namedValue(object);
    return this.entries(object, (key, value) => {
      if (kind === 'secret' && dataKeys.has(key)) return this.data(value, key !== 'stringData');
      if (kind === 'list' && key === 'items' && Array.isArray(value)) {
        return changedItems(value, (item) => this.secret(item, depth + 1));
      }
      const own = key === 'value' && named !== undefined ? named : this.keyInfo(object, key, info);
      return this.value(value, own, depth + 1);
    });
  }

  /** An item of a SecretList, which need not say that it is one. */
  private secret(item: unknown, depth: number): unknown {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return this.entries(item as Data, (key, value) =>
      dataKeys.has(key)
        ? this.data(value, key !== 'stringData')
        : this.value(value, this.context.judge(key), depth + 1),
    );
  }

  private entries(object: Data, change: (key: string, value: unknown) => unknown): unknown {
    const keys = Object.keys(object);
    let changed: [string, unknown][] | undefined;
    let count = 0;
    for (const key of keys) {
      const before = object[key];
      const after = change(key, before);
      const shown = this.key(key);
      if (changed === undefined && (after !== before || shown !== key)) {
        changed = keys.slice(0, count).map((earlier) => [earlier, object[earlier]]);
      }
      changed?.push([shown, after]);
      count += 1;
    }
    return changed === undefined ? object : Object.fromEntries(changed);
  }

  /** Keys are shown, unless they are tokens themselves or pretend to be masked. */
  private key(key: string): string {
    if (key.length < 8) return key;
    const spans = key.includes('<') ? findPretended(key) : [];
    if (key.length >= 16) spans.push(...findTokenShapes(key));
    return spans.length === 0 ? key : this.replace(key, spans);
  }

  private keyInfo(object: Data, key: string, parent: KeyInfo): KeyInfo {
    const own = this.context.judge(key);
    const isName =
      own.class === 'secretKey' &&
      besideKeyNames.some((name) => Object.hasOwn(object, name) && Boolean(object[name]));
    return isName ? noKey : below(parent, own);
  }

  /** What `name` says about `value`, as in variables of containers, headers and parameters. */
  private namedValue(object: Data): KeyInfo | undefined {
    if (!Object.hasOwn(object, 'value')) return undefined;
    const name = Object.hasOwn(object, 'name') ? object['name'] : object['key'];
    return typeof name === 'string' ? this.context.judge(name) : undefined;
  }

  private text(value: string, info: KeyInfo): string {
    if (value === '') return value;
    if (info.class === 'kept') {
      const spans = value.includes('<') ? findPretended(value) : [];
      return spans.length === 0 ? value : this.replace(value, spans);
    }
    if (info.isDigest && isDigestValue(value)) return value;
    const { judge } = this.context;
    if (isSecretClass(info) && isSecretValue(info, value) && !isKeyName(info, value, judge)) {
      return this.whole(value, likelyLengthMin);
    }
    return this.within(value, info);
  }

  /** A text with the secrets in it masked. */
  private within(value: string, info: KeyInfo): string {
    const json = this.json(value);
    if (json !== undefined) return json;
    const blocks = findSecretBlocks(value);
    if (blocks.length > 0) this.learnBlocks(value, blocks);
    const { judge, hasEntropy } = this.context;
    const isRandomPublic = info.class === 'public';
    const spans = findSecrets(value, { judge, hasEntropy: hasEntropy && !isRandomPublic });
    return blocks.length + spans.length === 0 ? value : this.replace(value, [...blocks, ...spans]);
  }

  private learnBlocks(text: string, blocks: readonly Span[]): void {
    for (const { start, end } of mergeSpans(blocks)) {
      const part = text.slice(start, end);
      const values = part.startsWith('{') ? part.split(/[\s{},:"']+/) : [part];
      for (const value of values) {
        const plain = decodeBase64(value) ?? value;
        this.learn(plain, this.context.masks.of(plain), secretLengthMin);
      }
    }
  }

  /** A text that is JSON, masked as the object that it is; undefined when it holds no secret as such. */
  private json(text: string): string | undefined {
    if (this.embedded >= embeddedMax) return undefined;
    this.embedded += 1;
    const masked = embeddedJson(text, (object) => this.value(object, noKey, 0));
    this.embedded -= 1;
    return masked;
  }

  /** Everything in the data of a Secret, also where it is not of the form that it ought to be. */
  private data(value: unknown, isEncoded: boolean): unknown {
    if (value === null || value === undefined || value === '') return value;
    if (typeof value === 'string') {
      const isNumber = this.embedded > 0 && isMarkedNumber(value);
      return isNumber ? this.scalar(value) : this.secretText(value, isEncoded);
    }
    if (Array.isArray(value)) return changedItems(value, (item) => this.data(item, isEncoded));
    if (typeof value === 'object') {
      return this.entries(value as Data, (_, item) => this.data(item, isEncoded));
    }
    return typeof value === 'number' || typeof value === 'boolean' ? this.scalar(value) : value;
  }

  private secretText(value: string, isEncoded: boolean): string {
    const plain = isEncoded ? decodeBase64(value) : undefined;
    // What is not text stands for itself.
    return plain === undefined || plain === ''
      ? this.whole(value, secretLengthMin)
      : this.whole(plain, secretLengthMin);
  }

  /** Numbers are no texts, so `1` and `"1"` differ. */
  private scalar(value: number | boolean | string): string {
    const digits = String(value).replace(/^\ue000/, '');
    const mask = this.context.masks.of(`scalar ${digits}`);
    this.context.masks.known.learn(digits, mask, likelyLengthMin);
    return mask;
  }

  private whole(secret: string, lengthMin: number): string {
    const mask = this.context.masks.of(secret);
    this.learn(secret, mask, lengthMin);
    return mask;
  }

  private replace(text: string, spans: readonly Span[]): string {
    return replaceSpans(text, spans, (part) => this.whole(part, likelyLengthMin));
  }

  /** Remembers a secret, and what may be shown of it alone: its lines, and the secrets in it. */
  private learn(secret: string, mask: string, lengthMin: number): void {
    const { masks, judge, hasEntropy } = this.context;
    if (!masks.known.learn(secret, mask, lengthMin)) return;
    const trimmed = secret.trim();
    if (trimmed !== secret) masks.known.learn(trimmed, mask, lengthMin);
    const comment = trimmed.indexOf(' #');
    if (comment > 0) masks.known.learn(trimmed.slice(0, comment).trimEnd(), mask, lengthMin);
    if (trimmed.includes('\n')) {
      for (const line of trimmed.split('\n').map((text) => text.trim())) {
        const isFence = line.startsWith('-----');
        if (!isFence) masks.known.learn(line, masks.of(line), lineLengthMin);
      }
    }
    for (const reading of readingsOf(trimmed)) masks.known.learn(reading, mask, lengthMin);
    if (!/[:=]/.test(trimmed)) return;
    for (const { start, end } of mergeSpans(findSecrets(trimmed, { judge, hasEntropy }))) {
      const part = trimmed.slice(start, end);
      masks.known.learn(part, masks.of(part), lengthMin);
    }
  }
}

/** A Secret of Kubernetes itself, not of another group; a list of them. */
function kindOf(object: Data): 'secret' | 'list' | undefined {
  const { kind, apiVersion } = object;
  if (typeof kind !== 'string' || kind.length > 16) return undefined;
  if (typeof apiVersion === 'string' && apiVersion.includes('/')) return undefined;
  if (/^secret$/i.test(kind)) return 'secret';
  return kind === 'SecretList' ? 'list' : undefined;
}

/** A list with its items changed; itself when none is. */
function changedItems(
  items: readonly unknown[],
  change: (item: unknown) => unknown,
): readonly unknown[] {
  let changed: unknown[] | undefined;
  let count = 0;
  for (const item of items) {
    const after = change(item);
    if (changed === undefined && after !== item) changed = items.slice(0, count);
    changed?.push(after);
    count += 1;
  }
  return changed ?? items;
}
