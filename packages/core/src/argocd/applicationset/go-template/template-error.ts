/** A template that Go would refuse, with Go's words. */
export class GoTemplateError extends Error {}

/** A template that uses what is not modelled here. It says so instead of guessing. */
export class UnsupportedTemplateError extends GoTemplateError {}
