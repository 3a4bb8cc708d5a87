/** What `rollcall/plugin` offers to the author of a plugin: the contract, fields, answers, and readers of common text formats. */
export { definePlugin, type Answers, type Plugin, type Probe, type Probes } from './define.ts'
export { ParseError } from './errors.ts'
export { firstOf, listOf, need, textOf, type Answer } from './answer.ts'
export { choice, decimal, flag, integer, list, name, section, text, textSet } from './fields.ts'
export { assignments, bytesOrNull, integerOrNull, lines, macOrNull, pairs, pathValues, textOrNull, uuidOrNull } from './formats/text.ts'
