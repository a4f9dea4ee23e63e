import { expect, test } from 'vitest';
import { virtualTime } from './virtual-time.ts';

function quiet(): boolean {
  return false;
}

test('time goes on to the next timer, and stands still while a call is in flight', async () => {
  const time = virtualTime(1000, quiet);
  const told: string[] = [];
  const say = (what: string): void => void told.push(`${time.clock.nowMs()} ${what}`);
  time.timers.after(50, () => {
    void time
      .track(() => new Promise((resolve) => setTimeout(resolve, 20)))
      .then(() => {
        say('answered');
        time.timers.after(5, () => {
          say('later');
        });
      });
  });
  time.timers.after(52, () => {
    say('second');
  });
  const giveUp = time.timers.after(53, () => {
    say('given up');
  });
  giveUp();
  await time.advanceTo(1060);
  expect(told).toEqual(['1050 answered', '1052 second', '1055 later']);
  expect(time.clock.nowMs()).toBe(1060);
});

test('timers of one instant run in the order in which they were set', async () => {
  const time = virtualTime(0, quiet);
  const told: number[] = [];
  for (const id of [1, 2, 3]) time.timers.after(10, () => void told.push(id));
  await time.advanceTo(10);
  expect(told).toEqual([1, 2, 3]);
});

test('polls are brought forward, others are not', async () => {
  const time = virtualTime(0, quiet);
  const told: string[] = [];
  time.polls.after(5000, () => void told.push(`poll ${time.clock.nowMs()}`));
  time.polls.after(10_000, () => void told.push(`other poll ${time.clock.nowMs()}`));
  time.timers.after(5000, () => void told.push(`timer ${time.clock.nowMs()}`));
  await time.advanceTo(1000);
  time.bringForward(5000, () => 1500);
  await time.advanceTo(20_000);
  expect(told).toEqual(['poll 3500', 'timer 5000', 'other poll 10000']);
});

test('a poll that would be past waits for its next turn', async () => {
  const time = virtualTime(0, quiet);
  const told: number[] = [];
  time.polls.after(5000, () => void told.push(time.clock.nowMs()));
  await time.advanceTo(4000);
  time.bringForward(5000, () => 1500);
  await time.advanceTo(20_000);
  expect(told).toEqual([8500]);
});

test('work that never comes to rest is an error', async () => {
  const time = virtualTime(0, () => true);
  await expect(time.advanceTo(1)).rejects.toThrow('nothing came to rest');
});
