import { isRecord } from '../generate/value-at.ts';
import { parse as parseSemver } from 'semver';
import { InputError, throwFaults, type Diagnostic } from '../errors/tidegate-error.ts';
import { versionsPath } from '../layout/paths.ts';
import type { FileTree } from '../ports/file-tree.ts';
import { parseYaml, type ParsedYaml } from '../yaml/parse-yaml.ts';
import { componentVersionsKey, type Environment, type Network } from './network.ts';

/** What is deployed of one service or component. */
export interface PinnedVersion {
  /** Exact chart version, such as `1.2.0`. */
  readonly chartVersion: string;
  readonly imageTag: string | undefined;
}

/** The content of `versions/<env>.yaml`. */
export interface Versions {
  /** Number of the environment's newest release; 0 when it was never released. */
  readonly release: number;
  readonly services: Readonly<Record<string, PinnedVersion>>;
  readonly components: Readonly<Record<string, PinnedVersion>>;
}

/**
 * Reads an environment's versions. Throws InputError, with file, line and column of every fault,
 * when the file or a version is missing, no exact version, or names something that does not exist.
 */
export async function readVersions(
  tree: FileTree,
  network: Network,
  environment: Environment,
): Promise<Versions> {
  const file = versionsPath(environment.name);
  const text = await tree.read(file);
  if (text === undefined) {
    throw new InputError(
      `versions of environment "${environment.name}" are missing: no ${file} in ${tree.name}`,
      {
        position: { file },
        hint: 'copy the file of another environment, with "release: 0"',
      },
    );
  }
  return parseVersions(text, network, file);
}

/** Like {@link readVersions}, from the file's text. */
export function parseVersions(text: string, network: Network, file: string): Versions {
  const parsed = parseYaml(text, file);
  const faults: Diagnostic[] = [];
  const reader = new VersionsReader(parsed, faults);
  const key = componentVersionsKey;
  reader.checkKeys([], ['release', key, ...network.services.map((service) => service.name)]);
  reader.checkKeys(
    [key],
    network.components.map((component) => component.name),
  );
  const versions: Versions = {
    release: reader.release(),
    services: Object.fromEntries(
      network.services.map((service) => [service.name, reader.version([service.name])]),
    ),
    components: Object.fromEntries(
      network.components.map((component) => [
        component.name,
        reader.version([key, component.name]),
      ]),
    ),
  };
  throwFaults(faults);
  return versions;
}

class VersionsReader {
  private readonly parsed: ParsedYaml;
  private readonly faults: Diagnostic[];

  constructor(parsed: ParsedYaml, faults: Diagnostic[]) {
    this.parsed = parsed;
    this.faults = faults;
  }

  release(): number {
    const value = this.at(['release']);
    if (value === undefined) return 0;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    this.fault(['release'], '"release" must be a whole number, 0 when never released');
    return 0;
  }

  version(path: readonly string[]): PinnedVersion {
    const name = path.join('.');
    const entry = this.at(path);
    if (!isRecord(entry)) {
      this.fault(
        path,
        `"${name}" is missing; expected its chartVersion, and an imageTag if the chart has images`,
      );
      return { chartVersion: '', imageTag: undefined };
    }
    this.checkKeys(path, ['chartVersion', 'imageTag']);
    return { chartVersion: this.chartVersion(path), imageTag: this.imageTag(path) };
  }

  private chartVersion(path: readonly string[]): string {
    const at = [...path, 'chartVersion'];
    const value = this.at(at);
    const name = at.join('.');
    if (typeof value === 'string' && parseSemver(value)?.raw === value && /^\d/.test(value))
      return value;
    this.fault(
      at,
      value === undefined || value === null
        ? `"${name}" is missing; expected an exact chart version such as "1.2.0"`
        : `"${name}" is ${JSON.stringify(value)}; expected an exact chart version such as "1.2.0"`,
      typeof value === 'number' ? 'put it in quotes, or YAML reads a number' : undefined,
    );
    return '';
  }

  private imageTag(path: readonly string[]): string | undefined {
    const at = [...path, 'imageTag'];
    const value = this.at(at);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && /^\w[-.\w]{0,127}$/.test(value)) return value;
    this.fault(
      at,
      `"${at.join('.')}" is ${JSON.stringify(value)}; expected an image tag such as "v1.2.0"`,
      typeof value === 'number' ? 'put it in quotes, or YAML reads a number' : undefined,
    );
    return undefined;
  }

  checkKeys(path: readonly string[], known: readonly string[]): void {
    const entry = path.length === 0 ? (this.parsed.value ?? {}) : this.at(path);
    if (entry === undefined) return;
    if (!isRecord(entry)) {
      this.fault(
        path,
        path.length === 0 ? 'expected a mapping' : `"${path.join('.')}" must be a mapping`,
      );
      return;
    }
    for (const key of Object.keys(entry).filter((name) => !known.includes(name))) {
      this.faults.push({
        message: `unknown entry "${[...path, key].join('.')}"; expected ${known.join(', ')}`,
        position: this.parsed.keyPositionOf([...path, key]),
      });
    }
  }

  private at(path: readonly string[]): unknown {
    let value: unknown = this.parsed.value;
    for (const part of path) {
      value = isRecord(value) && Object.hasOwn(value, part) ? value[part] : undefined;
    }
    return value;
  }

  private fault(path: readonly string[], message: string, hint?: string): void {
    this.faults.push({
      message,
      position: this.parsed.positionOf(path),
      ...(hint === undefined ? {} : { hint }),
    });
  }
}
