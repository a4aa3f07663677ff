import type { RuleFile } from '../../config/rule-schema.ts';
import { compileGlobs, type Glob } from '../glob.ts';
import { isOperation } from '../methods.ts';
import { alternativesOf, settle, type ForRule, type Matcher } from './matcher.ts';
import { onPath } from './text.ts';

type Match = RuleFile['match'];

/** `connection`, `method`, `tool` and `uri`: where a call goes and what it asks for. */
export function nameMatchers(match: Match, rule: ForRule): Matcher[] {
  const { connection, tool, uri } = match;
  return [
    ...(connection === undefined ? [] : [matchConnection(connection, rule)]),
    matchMethod(match, rule),
    ...(tool === undefined ? [] : [matchTool(tool, rule)]),
    ...(uri === undefined ? [] : [matchUri(uri, rule)]),
  ];
}

function globOf(globs: string | readonly string[], { reading }: ForRule): Glob {
  return compileGlobs(alternativesOf(globs), reading);
}

function matchConnection(globs: string | readonly string[], rule: ForRule): Matcher {
  const fits = globOf(globs, rule);
  return {
    name: 'connection',
    needsCall: false,
    fits: ({ connection }) => fits(connection),
    says: ({ connection }) => `the connection is ${connection}`,
  };
}

/**
 * A rule with `tool` and no `method` speaks of tool calls. One with neither speaks of the known operations if it allows,
 * and of everything if it restricts: whoever freezes a connection means methods nobody has heard of as well.
 */
function matchMethod({ method, tool, uri }: Match, rule: ForRule): Matcher {
  const fits = method === undefined ? methodsOf(rule, tool !== undefined, uri !== undefined) : globOf(method, rule);
  return {
    name: 'method',
    needsCall: false,
    fits: (input) => fits(input.method),
    says: (input) => `the method is ${input.method}`,
  };
}

function methodsOf({ decision }: ForRule, hasTool: boolean, hasUri: boolean): Glob {
  if (hasTool) return (method) => method === 'tools/call';
  if (decision !== 'allow') return () => true;
  if (hasUri) return (method) => isOperation(method) && method.startsWith('resources/');
  return isOperation;
}

function matchTool(globs: string | readonly string[], rule: ForRule): Matcher {
  const fits = globOf(globs, rule);
  return {
    name: 'tool',
    needsCall: false,
    fits: ({ tool }) => tool !== undefined && fits(tool),
    says: ({ tool }) => (tool === undefined ? 'the call names no tool' : `the tool is ${tool}`),
  };
}

function matchUri(globs: string | readonly string[], rule: ForRule): Matcher {
  const test = onPath(alternativesOf(globs), rule.reading);
  return {
    name: 'uri',
    needsCall: false,
    fits: ({ uri }) => settle(test(uri), rule),
    says: (_input, fits) => (fits ? 'the uri fits' : 'the uri does not fit'),
  };
}
