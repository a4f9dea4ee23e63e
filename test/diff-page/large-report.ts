import type { DiffReport } from '../../packages/core/src/diff/model.ts';
import {
  changeOf,
  groupOf,
  manyNodes,
  reportOf,
  riskOf,
} from '../../packages/core/test/diff-reports.ts';

/** A report in which every node changes in its own way. */
export function largeReport(groups: number): DiffReport {
  const lines = Array.from({ length: 40 }, (_, index) =>
    index % 5 === 0 ? `+  key${index}: value` : `   key${index}: value`,
  );
  return reportOf({
    environment: 'prod',
    applications: groups,
    rendered: groups,
    groups: manyNodes(groups).map((node, index) =>
      groupOf({
        nodes: [node],
        resources: [
          changeOf({ namespace: `dlt-${node}` }, [...lines, `+  host: ${node}.example.com`], {
            risks: index < 3 ? [riskOf('high', 'CRD', 'it changes')] : [],
          }),
          changeOf({ group: '', kind: 'ConfigMap', namespace: `dlt-${node}` }, lines),
        ],
      }),
    ),
  });
}
