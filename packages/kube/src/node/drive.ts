import type { ControllerManager } from '../controllers/manager.ts';
import type { Clock } from '../server/context.ts';

/** Looks at the clock at least this often: it may have been put forward. */
const longestWaitMs = 5000;

/** Steps controllers after each write and whenever something is due; call what it returns to end that. */
export function driveControllers(controllers: ControllerManager, clock: Clock): () => void {
  let timer: NodeJS.Timeout | undefined;
  let scheduled = false;
  let stopped = false;
  const step = (): void => {
    scheduled = false;
    if (stopped) return;
    const next = controllers.step();
    clearTimeout(timer);
    if (next === undefined) return;
    timer = setTimeout(step, Math.min(longestWaitMs, Math.max(1, next - clock.nowMs())));
    timer.unref();
  };
  controllers.onWork(() => {
    if (scheduled || stopped) return;
    scheduled = true;
    setImmediate(step);
  });
  step();
  return () => {
    stopped = true;
    clearTimeout(timer);
    controllers.stop();
  };
}
