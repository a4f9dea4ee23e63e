import { formatYaml, UsageError } from '@tidegate/core';
import { formatMarkdownTable, formatTable } from './table.ts';

/** A result that can be shown as a table or as data. */
export interface Listing {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The whole result for `-o json` and `-o yaml`. */
  readonly data: unknown;
}

/** Shows a listing in the format that the user asked for. */
export function formatListing(listing: Listing, format: string): string {
  switch (format) {
    case 'json':
      return formatJson(listing.data);
    case 'yaml':
      return formatYaml(listing.data);
    case 'markdown':
      return formatMarkdownTable(listing.header, listing.rows);
    case 'table':
      return formatTable(listing.header, listing.rows);
    default:
      throw new UsageError(`output format ${JSON.stringify(format)} is not known here`);
  }
}

export function formatJson(data: unknown): string {
  return `${JSON.stringify(data, null, 2)}\n`;
}
