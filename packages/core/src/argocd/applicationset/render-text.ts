import { toGoValue } from './go-template/go-value.ts';
import { renderGoTemplate } from './go-template/render-go-template.ts';

/** Parameters that a generator gives to a template. */
export type Params = Readonly<Record<string, unknown>>;

/** Which of the two template languages an ApplicationSet uses, and the options of Go's. */
export interface TemplateDialect {
  readonly goTemplate: boolean;
  readonly options: readonly string[];
}

/** The dialect of a set that says nothing. */
export const plainDialect: TemplateDialect = { goTemplate: false, options: [] };

/**
 * Fills parameters into one text. Throws with Argo CD's words when the text is no valid template.
 * Source: `Replace` in applicationset/utils/utils.go.
 */
export function renderText(template: string, params: Params, dialect: TemplateDialect): string {
  return dialect.goTemplate
    ? renderGoTemplate(template, toGoValue(params), dialect.options)
    : replaceTags(template, params);
}

/**
 * Replaces `{{name}}` by the parameter of that name. A tag that names no text stays as it is; a text
 * that has no tag on any line is not looked at. Source: valyala/fasttemplate v1.2.2.
 */
function replaceTags(template: string, params: Params): string {
  if (!/\{\{.*\}\}/.test(template)) return template;
  const pieces: string[] = [];
  let rest = template;
  for (;;) {
    const open = rest.indexOf('{{');
    if (open < 0) break;
    const close = rest.indexOf('}}', open + 2);
    if (close < 0) throw unclosed(template, rest.slice(open + 2));
    const tag = rest.slice(open + 2, close);
    pieces.push(rest.slice(0, open), valueOf(tag, params));
    rest = rest.slice(close + 2);
  }
  return `${pieces.join('')}${rest}`;
}

function valueOf(tag: string, params: Params): string {
  const name = tag.trim();
  const value = Object.hasOwn(params, name) ? params[name] : undefined;
  return name !== '' && typeof value === 'string' ? value : `{{${tag}}}`;
}

function unclosed(template: string, rest: string): Error {
  const [text, from] = [JSON.stringify(template), JSON.stringify(rest)];
  return new Error(
    `invalid template: Cannot find end tag="}}" in the template=${text} starting from ${from}`,
  );
}
