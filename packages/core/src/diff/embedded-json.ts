/** Deeper JSON in a text is looked at as text only. */
const depthMax = 100;
/** Marks numbers, which are kept as they are written. */
const numberMark = '\ue000';
const tokens = /"[^"\\]*(?:\\[^][^"\\]*)*"|-?\d[\d.eE+-]*/g;

/** Whether a text of the data that `embeddedJson` hands out is a number. */
export function isMarkedNumber(text: string): boolean {
  return text.startsWith(numberMark);
}

/**
 * A text that is a JSON object or list, with the data changed: in its indentation, with its numbers as
 * they are written. Undefined when it is none, or nothing changes.
 */
export function embeddedJson(text: string, change: (data: unknown) => unknown): string | undefined {
  // Most texts are none, and end here.
  if (!/^\s{0,200}[[{]/.test(text)) return undefined;
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed) || !/[\]}]$/.test(trimmed)) return undefined;
  if (trimmed.length < 8 || /\ue000|\\ue000/i.test(trimmed) || isDeep(trimmed)) return undefined;
  const data = parse(trimmed);
  if (data === undefined) return undefined;
  const changed = change(data);
  if (changed === data) return undefined;
  const indent = /^[[{]\r?\n([ \t]+)/.exec(trimmed)?.[1];
  const written = JSON.stringify(changed, null, indent);
  return written.replace(/"\ue000([^"]*)"/g, '$1') + text.slice(text.trimEnd().length);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(
      text.replace(tokens, (token) => (token.startsWith('"') ? token : `"${numberMark}${token}"`)),
    );
  } catch {
    return undefined;
  }
}

/** Counts brackets in strings as well: what is refused for these is looked at as text. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    // `{`, `[` and `}`, `]` differ in one bit.
    const code = text.charCodeAt(at) | 32;
    if (code === 123) depth += 1;
    else if (code === 125) depth -= 1;
    if (depth > depthMax) return true;
  }
  return false;
}
