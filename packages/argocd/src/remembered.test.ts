import { expect, test } from 'vitest';
import { remembered } from './remembered.ts';

test('each object is worked on once, also when nothing comes of it', () => {
  const seen: string[] = [];
  const look = remembered(({ name }: { readonly name: string }) => {
    seen.push(name);
    return name === 'none' ? undefined : { of: name };
  });
  const [one, other, none] = [{ name: 'one' }, { name: 'one' }, { name: 'none' }];
  expect(look(one)).toBe(look(one));
  expect(look(other)).not.toBe(look(one));
  expect([look(none), look(none)]).toEqual([undefined, undefined]);
  expect(seen).toEqual(['one', 'one', 'none']);
});
