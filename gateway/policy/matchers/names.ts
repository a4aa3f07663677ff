import type { RuleFile } from '../../config/rule-schema.ts';
import { compileGlobs, type Glob } from '../glob.ts';
import { isOperation } from '../methods.ts';
import { alternativesOf, settle, type ForRule, type Matcher } from './matcher.ts';
import { onPath, present } from './text.ts';
import { oneOf } from './words.ts';

type Match = RuleFile['match'];

/** `connection`, `method`, `tool`, `prompt` and `uri`: where a call goes and what it asks for. */
export function nameMatchers(match: Match, rule: ForRule): Matcher[] {
  const { connection, tool, prompt, uri } = match;
  return [
    ...(connection === undefined ? [] : [matchConnection(connection, rule)]),
    ...matchMethod(match, rule),
    ...(tool === undefined ? [] : [matchName('tool', tool, rule)]),
    ...(prompt === undefined ? [] : [matchName('prompt', prompt, rule)]),
    ...(uri === undefined ? [] : [matchUri(uri, rule)]),
  ];
}

function globOf(globs: string | readonly string[], { reading }: ForRule): Glob {
  return compileGlobs(alternativesOf(globs), reading);
}

function matchConnection(globs: string | readonly string[], rule: ForRule): Matcher {
  const glob = globOf(globs, rule);
  return {
    name: 'connection',
    needsCall: false,
    fits: ({ connection }) => glob(connection),
    says: ({ connection }, fits) => `the connection is ${connection}${fits ? '' : notAmong(globs)}`,
  };
}

function notAmong(globs: string | readonly string[]): string {
  return `, not ${oneOf(alternativesOf(globs))}`;
}

/**
 * A rule with `tool` and no `method` speaks of tool calls, and one with `prompt` of getting prompts. One with neither
 * speaks of the known operations if it allows, and of everything if it restricts: whoever freezes a connection means
 * methods nobody has heard of as well.
 */
function matchMethod(match: Match, rule: ForRule): Matcher[] {
  const { method } = match;
  const glob = method === undefined ? methodsOf(match, rule) : globOf(method, rule);
  if (glob === undefined) return [];
  return [
    {
      name: 'method',
      needsCall: false,
      fits: (input) => glob(input.method),
      says: (input, fits) => {
        const is = `the method is ${input.method}`;
        if (method === undefined) return fits ? '' : `${is}, which this rule does not speak of`;
        return fits ? is : `${is}${notAmong(method)}`;
      },
    },
  ];
}

/** Undefined: all there are. */
function methodsOf({ tool, prompt, uri }: Match, { decision }: ForRule): Glob | undefined {
  if (tool !== undefined) return (method) => method === 'tools/call';
  if (prompt !== undefined) return (method) => method === 'prompts/get';
  if (decision !== 'allow') return undefined;
  if (uri !== undefined) return (method) => isOperation(method) && method.startsWith('resources/');
  return isOperation;
}

/** What a call names is a tool or a prompt; which of both, its method says. */
function matchName(name: 'tool' | 'prompt', globs: string | readonly string[], rule: ForRule): Matcher {
  const glob = globOf(globs, rule);
  return {
    name,
    needsCall: false,
    fits: ({ tool, method }) => tool !== undefined && glob(tool) && (name === 'tool' || method !== 'tools/call'),
    says: ({ tool, method }, fits) => {
      if (tool === undefined || (name === 'prompt' && method === 'tools/call')) return `the call names no ${name}`;
      return `the ${name} is ${tool}${fits ? '' : notAmong(globs)}`;
    },
  };
}

function matchUri(globs: string | readonly string[], rule: ForRule): Matcher {
  const patterns = alternativesOf(globs);
  const test = onPath(patterns, rule.reading);
  return {
    name: 'uri',
    needsCall: false,
    fits: ({ uri }) => settle(test(uri), rule),
    says: ({ uri }) => {
      if (!present(uri)) return 'the call names no uri';
      const fits = test(uri);
      if (fits === undefined) return 'the uri cannot be compared: it has `..`, `//` or needless `%xx` in it';
      return `the uri ${fits ? 'fits' : 'does not fit'} ${oneOf(patterns)}`;
    },
  };
}
