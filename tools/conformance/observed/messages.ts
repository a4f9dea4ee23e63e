/**
 * Beginnings after which a message quotes Helm, Git or the Kubernetes API. What follows may read otherwise; what Argo CD
 * itself adds behind the quotation may not.
 */
const quotations: readonly RegExp[] = [
  /one or more objects failed to apply(?: \(dry run\))?, reason: /,
  /one or more synchronization tasks are not valid: failed to discover server resources for group version \S+: /,
  /failed exit status \d+: /,
  /failed to list refs: /,
  /failed to fetch .*?: /,
  /^error when (?:creating|patching|replacing|retrieving current configuration of) /,
  /^error validating data: /,
  /^resource mapping not found for name: /,
  /^\S+ "[^"]*" (?:is invalid|is forbidden|not found)/,
];

const additions = /(?:\. Retrying attempt #\d+ at <time>\.| \(retried \d+ times\)\.?)$/;

/** Whether two messages agree: word for word, except for the text that they quote. */
export function sameMessage(expected: string, got: string): boolean {
  if (expected === got) return true;
  const end = quotationEnd(expected);
  if (end === undefined) return false;
  return (
    got.length > end &&
    got.slice(0, end) === expected.slice(0, end) &&
    additionOf(got) === additionOf(expected)
  );
}

/** Where the beginning ends behind which a message quotes. */
function quotationEnd(message: string): number | undefined {
  for (const quotation of quotations) {
    const found = quotation.exec(message);
    if (found !== null) return found.index + found[0].length;
  }
  return undefined;
}

function additionOf(message: string): string {
  return additions.exec(message)?.[0] ?? '';
}
