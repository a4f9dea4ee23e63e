export * from './compare-options.ts';
export * from './instance-options.ts';
export * from './parse-overrides.ts';
export * from './resource-filter.ts';
export * from './resource-override.ts';
export { parseYaml as parseGoYaml, SettingsFault } from './yaml-values.ts';
