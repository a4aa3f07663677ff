import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalDigest } from '../../workflows/evidence/canonical.ts';
import { compileApproval, compileRule, type ApprovalNeed, type Policy } from '../policy/rule.ts';
import { checkTogether, type LoadedFile } from './check.ts';
import { describeIssue } from './describe-issue.ts';
import { ConfigError, type Problem } from './problems.ts';
import { resolveReferences, type ReferenceProblem } from './references.ts';
import type { Config, Connection } from './config.ts';
import { fileSchema, type ApprovalFile, type ConfigFile } from './schema.ts';
import { Source } from './source.ts';

export interface LoadOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Whether the gateway listens on loopback only, which is what `anonymousAs` needs. */
  readonly loopback: boolean;
  /** Digest of the masking rules: part of the policy's own, since it decides what leaves. */
  readonly detectorsDigest: string;
}

/** Reads files and folders of `countersign.yaml`, and merges them. Throws ConfigError with everything that is wrong. */
export function loadConfig(paths: readonly string[], options: LoadOptions): Config {
  const sources = expandPaths(paths).map((file) => new Source(file, readFileSync(file, 'utf8')));
  const problems: Problem[] = sources.flatMap((source) => source.problems);
  const files = sources.flatMap((source) => readSource(source, options.env, problems));
  checkTogether(files, options.loopback, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return buildConfig(
    files.map(({ content }) => content),
    options.detectorsDigest,
  );
}

/** A folder stands for the YAML files in it, in the order of their names. */
export function expandPaths(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    let folder: boolean;
    try {
      folder = statSync(path).isDirectory();
    } catch {
      throw new ConfigError([{ file: path, line: 1, column: 1, message: 'this file or folder does not exist' }]);
    }
    if (!folder) return [path];
    const names = readdirSync(path).filter((name) => /\.ya?ml$/.test(name));
    return names.toSorted().map((name) => join(path, name));
  });
}

function readSource(source: Source, env: NodeJS.ProcessEnv, problems: Problem[]): LoadedFile[] {
  if (source.problems.length > 0) return [];
  const dangling: ReferenceProblem[] = [];
  const resolved = resolveReferences(source.value, env, dangling);
  problems.push(...dangling.map(({ path, message }) => source.problem(path, message)));
  const checked = fileSchema.safeParse(resolved);
  if (checked.success) return [{ source, content: checked.data }];
  const known = new Set(dangling.map(({ path }) => path.join('/')));
  for (const issue of checked.error.issues) {
    if (known.has(issue.path.join('/'))) continue;
    for (const { path, message } of describeIssue(issue)) problems.push(source.problem(path, message));
  }
  return [];
}

function buildConfig(files: readonly ConfigFile[], detectorsDigest: string): Config {
  const approvers = Object.assign({}, ...files.map((file) => file.approvers)) as Config['approvers'];
  const defaults = files.find((file) => file.defaults !== undefined)?.defaults;
  const rules = files.flatMap((file) => file.rules);
  const need = (approval: ApprovalFile | undefined): ApprovalNeed | undefined =>
    approval === undefined ? undefined : compileApproval(approval, approvers);
  const policy: Policy = {
    rules: rules.map((rule) => compileRule(rule, need(rule.approval))),
    defaultDecision: defaults?.decision ?? 'block',
    defaultApproval: need(defaults?.approval),
  };
  return Object.freeze({
    publicUrl: (files.find((file) => file.publicUrl !== undefined)?.publicUrl ?? '').replace(/\/$/, ''),
    issuers: files.flatMap((file) => file.issuers),
    connections: files.flatMap((file) => file.connections.map(toConnection)),
    approvers,
    policy,
    policyDigest: canonicalDigest({ rules, defaults: defaults ?? null, approvers, detectorsDigest }),
  });
}

function toConnection(file: ConfigFile['connections'][number]): Connection {
  return {
    name: file.name,
    upstream: file.upstream,
    anonymousAs: file.anonymousAs,
    clientsWait: file.clientsWait,
    pendingAfterMs: file.pendingAfter,
    timeoutMs: file.timeout,
  };
}
