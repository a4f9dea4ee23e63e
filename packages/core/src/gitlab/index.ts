export {
  evaluateExpression,
  type CiVariables,
  type ExpressionResult,
  type ExpressionValue,
  type PatternValue,
} from './evaluate-expression.ts';
export {
  evaluateRules,
  type JobDefaults,
  type JobWhen,
  type RulesContext,
  type RulesResult,
} from './evaluate-rules.ts';
export { matchGlob } from './match-glob.ts';
export {
  evaluatePipeline,
  type PipelineJob,
  type PipelineRequest,
  type PipelineResult,
  type PipelineSource,
} from './evaluate-pipeline.ts';
export { resolveExtends, type CiConfig } from './resolve-extends.ts';
export {
  hasNoteMarker,
  isNoteMarker,
  isSameNote,
  noteCharacters,
  noteCharactersMax,
  notesAnswer,
  noteText,
  retryAfterMs,
  type MarkedNote,
  type NotesAnswer,
  type NotesMeaning,
} from './notes.ts';
export {
  answerNotesRequest,
  evaluateNotesCase,
  type NotesCaller,
  type NotesCase,
  type NotesDifference,
  type NotesRequest,
  type NotesResult,
} from './notes-model.ts';
