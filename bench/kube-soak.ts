/**
 * Writes 100,000 times to an embedded Kubernetes API and fails when memory grows:
 *
 *   npm run soak:kube [-- WRITES]
 */
import { soak } from '../test/soak/kube-soak.ts';

const writes = Number(process.argv[2] ?? 100_000);
if (!Number.isSafeInteger(writes) || writes < 1000) {
  console.error(`expected a number of writes, at least 1000, found ${process.argv[2] ?? ''}`);
  process.exitCode = 2;
} else {
  const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1).padStart(7)} MB`;
  const result = await soak({
    writes,
    objects: 500,
    every: Math.max(100, Math.floor(writes / 10)),
    random: Math.random,
    onMeasure: ({ writes: done, heapBytes, rssBytes, elapsedMs }) => {
      const perSecond = ((done / elapsedMs) * 1000).toFixed(0);
      console.log(
        `${String(done).padStart(9)} writes   heap ${megabytes(heapBytes)}   rss ${megabytes(rssBytes)}   ${perSecond} writes a second`,
      );
    },
  });
  for (const fault of result.faults) console.log(fault);
  console.log(
    result.faults.length === 0
      ? `PASSED: ${writes} writes, memory is flat`
      : `FAILED: ${writes} writes, ${result.faults.length} faults`,
  );
  process.exitCode = result.faults.length === 0 ? 0 : 1;
}
