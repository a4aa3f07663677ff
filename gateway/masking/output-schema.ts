import { createHash } from 'node:crypto';
import { createContext, Script } from 'node:vm';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/server/validators/ajv';
import type { Json } from '../../workflows/contract/call.ts';
import type { MaskedMessage } from '../call.ts';
import { readMembers, startOfValue, TwoMembers, type MemberSpan } from './json-spans.ts';
import { applyEdits } from './edits.ts';
import { MaskingFailed, type MaskHit } from './masker.ts';
import { isObject } from '../receive/is-object.ts';

const schemaUnitsMax = 256 * 1024;
const schemaDepthMax = 64;
/** Schemas come from servers: one may hold a pattern that never ends. */
const validationMsMax = 250;
/** The first one of a process loads the validator too, and on a busy machine all clocks run while others work. */
const compilationMsMax = 3_000;
/** A machine may stand still once while an answer is validated; a pattern that never ends does so each time. */
const overrunsMax = 3;
/** So many answers validated in time make up for one that was not. */
const answersPerOverrun = 100;
/** Of 42 KiB each, unless the schema is large. */
const validatorsMax = 100;
const structured = 'structuredContent';
const notice =
  'Countersign left out the structured answer: with its secrets masked it does not fit the output schema of the tool. ' +
  'Read the text, or ask for fields that hold no secrets.';

/** Whether masking changed the structured answer of a tool; only then does it have to be held against the schema. */
export function changesStructure(hits: readonly MaskHit[]): boolean {
  return hits.some(({ pointer }) => pointer === '' || /^\/result(?:\/structuredContent(?:\/|$)|$)/.test(pointer));
}

/**
 * Whether a masked `structuredContent` still is what the tool's schema promises, read as the official clients read it
 * (JSON Schema 2020-12 unless `$schema` names another draft). False also for a schema that cannot be used: too large,
 * too deep, invalid, with a reference outside itself (none is ever fetched), or that takes too long.
 */
export function fitsAfterMasking(outputSchema: Json, structuredContent: unknown): boolean {
  if (!isObject(outputSchema) || !isShallow(outputSchema, schemaDepthMax)) return false;
  const written = JSON.stringify(outputSchema);
  if (written.length > schemaUnitsMax) return false;
  const digest = createHash('sha256').update(written).digest('base64');
  const known = validators.get(digest) ?? { validate: compileInTime(outputSchema), overruns: 0 };
  remember(digest, known);
  // What took too long time and again is not tried on each further answer.
  if (known.overruns > overrunsMax - 1) return false;
  try {
    const fits = inTime(() => known.validate(structuredContent), validationMsMax);
    known.overruns = Math.max(0, known.overruns - 1 / answersPerOverrun);
    return fits;
  } catch {
    known.overruns += 1;
    return false;
  }
}

/**
 * The text of a masked JSON-RPC answer to `tools/call`, made safe for a client that validates it: the very same text
 * when its `structuredContent` fits, otherwise an error result (`isError: true`) without `structuredContent`, with the
 * text blocks as they are and a sentence that says why. All other bytes stay. Call it where {@link changesStructure}.
 * Throws MaskingFailed when the result has two members of one name.
 */
export function respectOutputSchema(text: string, outputSchema: Json): string {
  const { result } = JSON.parse(text) as { result?: { structuredContent?: unknown; isError?: unknown } };
  if (!isObject(result) || result['isError'] === true || result[structured] === undefined) return text;
  if (fitsAfterMasking(outputSchema, result[structured])) return text;
  return asError(text);
}

/** {@link respectOutputSchema} for a masked answer; the very same object when nothing has to be done. */
export function respectSchema<Message extends MaskedMessage>(
  message: Message,
  schemaOf: () => Json | undefined,
): Message {
  const schema = changesStructure(message.hits) ? schemaOf() : undefined;
  if (schema === undefined) return message;
  const text = message.bytes.toString('utf8');
  const respectful = respectOutputSchema(text, schema);
  return respectful === text ? message : { ...message, bytes: Buffer.from(respectful) };
}

function asError(text: string): string {
  try {
    const result = readMembers(text, startOfValue(text)).find(({ key }) => key === 'result');
    if (result === undefined) return text;
    const replacement = errorResult(text, readMembers(text, result.start));
    return applyEdits(text, [{ ...result, replacement, entity: 'structured_content', rule: 'output_schema' }]);
  } catch (error) {
    if (!(error instanceof TwoMembers)) throw error;
    throw new MaskingFailed('The result has two members of one name; report it to the makers of the server.');
  }
}

function errorResult(text: string, members: readonly MemberSpan[]): string {
  const kept = members.filter(({ key }) => ![structured, 'isError', 'content'].includes(key));
  const written = kept.map(({ from, end }) => text.slice(from, end));
  const content = members.find(({ key }) => key === 'content');
  const blocks = content === undefined ? '' : text.slice(content.start + 1, content.end - 1).trim();
  const all = blocks === '' || text[content?.start ?? 0] !== '[' ? noticeBlock() : `${blocks},${noticeBlock()}`;
  return `{${[`"content":[${all}]`, ...written, '"isError":true'].join(',')}}`;
}

function noticeBlock(): string {
  return JSON.stringify({ type: 'text', text: notice });
}

function isShallow(value: unknown, depthLeft: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depthLeft > 0 && Object.values(value).every((inner) => isShallow(inner, depthLeft - 1));
}

type Validate = (value: unknown) => boolean;
interface Known {
  readonly validate: Validate;
  /** How often it did not end in time; forgiven slowly. */
  overruns: number;
}
/** By digest of the schema, in order of use. */
const validators = new Map<string, Known>();

function remember(digest: string, known: Known): void {
  validators.delete(digest);
  validators.set(digest, known);
  const [oldest] = validators.keys();
  if (oldest !== undefined && validators.size > validatorsMax) validators.delete(oldest);
}

/** An engine of its own: in a shared one, one server could define the `$id` that another server's schema refers to. */
function compile(schema: Readonly<Record<string, unknown>>): Validate {
  const validate = new AjvJsonSchemaValidator().getValidator(schema);
  return (value) => validate(value).valid;
}

/** Nothing fits a schema that cannot be used. */
function compileInTime(schema: Readonly<Record<string, unknown>>): Validate {
  let validate: Validate = () => false;
  try {
    inTime(() => {
      validate = compile(schema);
      return true;
    }, compilationMsMax);
  } catch {
    return () => false;
  }
  return validate;
}

const clock = createContext({ run: undefined });
const runScript = new Script('run()');

/** Runs it under V8's own clock, which also ends a regular expression that backtracks for ever. Throws in the end. */
function inTime(run: () => boolean, timeoutMs: number): boolean {
  clock['run'] = run;
  try {
    return runScript.runInContext(clock, { timeout: timeoutMs }) === true;
  } finally {
    clock['run'] = undefined;
  }
}
