/**
 * A text as a DNS name: lower case, everything but letters, digits, `-` and `.` replaced by `-`, at
 * most 253 characters, no `-` or `.` at its ends.
 * Source: `SanitizeName` in applicationset/utils/template_functions.go.
 */
export function sanitizeName(name: string): string {
  const replaced = name.toLowerCase().replaceAll(/[^-a-z0-9.]/gu, '-');
  return replaced
    .slice(0, 253)
    .replace(/^[-.]+/, '')
    .replace(/[-.]+$/, '');
}

/** How `slugify` shortens. */
export interface SlugOptions {
  readonly maximum: number;
  /** Cuts before a dash instead of within a word. */
  readonly cutAtWords: boolean;
}

/**
 * A text as part of a URL: a DNS name without dots, with single dashes, shortened.
 * Source: `SlugifyName` in applicationset/utils/utils.go and gosimple/slug.
 */
export function slugifyName(name: string, { maximum, cutAtWords }: SlugOptions): string {
  const plain = sanitizeName(name);
  const cut = !cutAtWords && plain.length >= maximum ? plain.slice(0, maximum) : plain;
  const slug = cut
    .replaceAll(/[^a-z0-9_-]/g, '-')
    .replaceAll(/-+/g, '-')
    .replace(/^[-_]+/, '')
    .replace(/[-_]+$/, '');
  if (maximum <= 0 || !cutAtWords || slug.length <= maximum) return slug;
  const dash = slug.slice(0, maximum + 1).lastIndexOf('-');
  return slug.slice(0, dash < 0 ? maximum : dash);
}
