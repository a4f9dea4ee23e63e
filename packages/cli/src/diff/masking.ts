import { createMasker, type Masker, type MaskSettings } from '@tidegate/core';
import { maskDigest } from '@tidegate/node';
import type { Io } from '../io.ts';

/**
 * Takes secrets out of everything that a diff prints. The same value gets the same mark in one run; with
 * TIDEGATE_MASK_KEY in all runs.
 */
export function openMasker(io: Io, settings: MaskSettings): Masker {
  const key = io.env['TIDEGATE_MASK_KEY'];
  return createMasker({ digest: maskDigest(key === '' ? undefined : key), settings });
}
