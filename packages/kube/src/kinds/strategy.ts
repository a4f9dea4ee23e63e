import type { Json, JsonObject } from '../json/value.ts';
import type { FieldError } from '../validation/field-error.ts';
import type { NameRule } from '../validation/names.ts';

/** What a kind needs to know of the rest of the server. */
export interface KindContext {
  readonly now: string;
  readonly random: () => number;
  readonly find: (storage: string, key: string) => JsonObject | undefined;
  readonly list: (storage: string, namespace?: string) => readonly JsonObject[];
}

/** What differs from kind to kind when objects are written. */
export interface Strategy {
  readonly nameRule: NameRule;
  /** Fills in defaults, also inside what a status subresource writes. */
  readonly defaults?: (object: JsonObject) => JsonObject;
  /** Sets what the server decides on a new object. */
  readonly prepareCreate?: (object: JsonObject, context: KindContext) => JsonObject;
  /** Sets what a change may not touch. */
  readonly prepareUpdate?: (next: JsonObject, live: JsonObject, context: KindContext) => JsonObject;
  /** Sets what a change of the status may not touch. */
  readonly prepareStatus?: (next: JsonObject, live: JsonObject) => JsonObject;
  /** Refuses or completes an object as admission plugins do; throws StatusError. */
  readonly admit?: (
    object: JsonObject,
    context: KindContext,
    live: JsonObject | undefined,
  ) => JsonObject;
  readonly validate?: (object: JsonObject) => FieldError[];
  readonly validateUpdate?: (next: JsonObject, live: JsonObject) => FieldError[];
  readonly validateStatus?: (next: JsonObject, live: JsonObject) => FieldError[];
  /** Hears of an object that was stored after another with the same content, but for its metadata, was checked. */
  readonly stored?: (object: JsonObject, checked: JsonObject) => void;
  /** Whether metadata.generation counts changes. */
  readonly generation?: boolean;
  /** Whether two states differ in what generation counts. */
  readonly changed?: (next: JsonObject, live: JsonObject) => boolean;
  readonly createOnUpdate?: boolean;
  /** Whether a deletion answers the object rather than a Status. */
  readonly answersObject?: boolean;
  /** What happens to dependents when a deletion does not say. */
  readonly orphansByDefault?: boolean;
  /** Whether updates must carry a resourceVersion. */
  readonly needsVersion?: boolean;
  /** Fields that field selectors offer beside name and namespace, with their values. */
  readonly fields?: Readonly<Record<string, (object: JsonObject) => string>>;
  /** Words for a field selector that is not offered. */
  readonly unknownField?: (field: string) => string;
  readonly warnings?: (object: JsonObject) => string[];
}

/** A whole object, as faults of a list or a map print it. */
export type Value = Json;
