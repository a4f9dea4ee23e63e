export { globFiles } from './doublestar.ts';
export { compileGobwas, matchGobwas, type CompiledGlob, type GlobSeparators } from './gobwas.ts';
export { matchPath, type PathMatch } from './path-match.ts';
export { isDenyPattern, matchPattern, type PatternOptions } from './project-pattern.ts';
