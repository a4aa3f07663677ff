import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compileLimit } from '../limits/limit.ts';
import { compileDataClasses } from '../policy/data-classes.ts';
import { compileApproval, compileRule, type ApprovalNeed, type Policy } from '../policy/rule.ts';
import { checkTogether } from './check.ts';
import type { Config, Connection } from './config.ts';
import { privacyOf } from './privacy-of.ts';
import type { LoadedConfig } from './loaded-config.ts';
import { ConfigError, type Problem } from './problems.ts';
import { usePacks } from '../policy/packs/use-packs.ts';
import { reviewPolicy } from '../policy/review/review.ts';
import { runTests } from './check-tests.ts';
import { readSource } from './read-source.ts';
import type { ReadFile } from './references.ts';
import type { ApprovalFile } from './rule-schema.ts';
import type { ConfigFile } from './schema.ts';
import { Source } from './source.ts';
import { upstreamSecrets } from './upstream-secrets.ts';
import { policyVersionOf, type PolicySource } from './versions/policy-version.ts';
import { keepSources } from './versions/source-log.ts';

export interface LoadOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Whether the gateway listens on loopback only, which is what `anonymousAs` needs. */
  readonly loopback: boolean;
  /** Digest of the masking rules: part of the policy's own, since it decides what leaves. */
  readonly detectorsDigest: string;
  /** Reads configuration files and what `file:` refers to; the default is to read them from disk. */
  readonly readFile?: ReadFile;
  /** Hears what is no mistake by itself, and is seldom meant. */
  readonly warn?: (warnings: readonly Problem[]) => void;
}

/** Reads files and folders of `countersign.yaml`, and merges them. Throws ConfigError with everything that is wrong. */
export function loadConfig(paths: readonly string[], options: LoadOptions): Config {
  const loaded = readConfig(paths, options);
  const { config, files, packs } = loaded;
  const failed = runTests(config, files, packs).flatMap(({ problem }) => problem ?? []);
  if (failed.length > 0) throw new ConfigError(failed);
  options.warn?.(reviewPolicy(loaded));
  return config;
}

/** Like {@link loadConfig}, for those who run the tests themselves. */
export function readConfig(paths: readonly string[], options: LoadOptions): LoadedConfig {
  const { env, loopback, detectorsDigest, readFile = readFromDisk } = options;
  const problems: Problem[] = [];
  const log = keepSources(readFile);
  const sources = expandPaths(paths).map((file) => openSource(file, log.readFile));
  const files = sources.map((source) => readSource(source, { env, readFile }, problems));
  const packs = usePacks(files, { shipped: readFile, own: log.readFile }, problems);
  const all = [...files, ...packs.map(({ rules }) => rules)];
  checkTogether(all, loopback, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  const config = buildConfig(
    all.map(({ content }) => content),
    detectorsDigest,
    log.sources,
  );
  return { config, files, packs };
}

/** A folder stands for the YAML files in it, in the order of their names; hidden ones are an editor's or Kubernetes'. */
export function expandPaths(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    let folder: boolean;
    try {
      folder = statSync(path).isDirectory();
    } catch {
      throw fileError(path, 'this file or folder does not exist');
    }
    if (!folder) return [path];
    const names = readdirSync(path).filter((name) => /^[^.].*\.ya?ml$/.test(name));
    if (names.length === 0) throw fileError(path, 'this folder holds no .yaml file');
    return names.toSorted().map((name) => join(path, name));
  });
}

const readFromDisk: ReadFile = (path) => readFileSync(path, 'utf8');

function openSource(file: string, readFile: ReadFile): Source {
  let text: string;
  try {
    text = readFile(file);
  } catch {
    throw fileError(file, 'this file cannot be read');
  }
  return new Source(file, text);
}

function fileError(file: string, message: string): ConfigError {
  return new ConfigError([{ file, line: 1, column: 1, path: '', message }]);
}

function buildConfig(files: readonly ConfigFile[], detectorsDigest: string, sources: readonly PolicySource[]): Config {
  const approvers = Object.assign({}, ...files.map((file) => file.approvers)) as Config['approvers'];
  const defaults = files.find((file) => file.defaults !== undefined)?.defaults;
  // By id, since their order never matters: moving a rule to another file leaves the digest as it was.
  const rules = files.flatMap((file) => file.rules).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const limits = files.flatMap((file) => file.limits).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const privacy = privacyOf(files);
  const need = (approval: ApprovalFile | undefined): ApprovalNeed | undefined =>
    approval === undefined ? undefined : compileApproval(approval, approvers);
  const policy: Policy = {
    rules: rules.map((rule) => compileRule(rule, need(rule.approval))),
    defaultDecision: defaults?.decision ?? 'block',
    defaultApproval: need(defaults?.approval),
    dataClasses: compileDataClasses(privacy.dataClasses, privacy.connections),
  };
  const connections = files.flatMap((file) => file.connections.map(toConnection));
  const issuers = files.flatMap((file) => file.issuers);
  const knownSecrets = secretsOf({ connections, issuers });
  const policyVersion = policyVersionOf({ files, rules, detectorsDigest, knownSecrets }, sources);
  return deepFreeze({
    publicUrl: (files.find((file) => file.publicUrl !== undefined)?.publicUrl ?? '').replace(/\/$/, ''),
    issuers,
    connections,
    approvers,
    slack: files.find((file) => file.slack !== undefined)?.slack,
    operatorGroups: files.find((file) => file.operators !== undefined)?.operators?.groups ?? [],
    purposes: privacy.purposes,
    policy,
    limits: limits.map(compileLimit),
    policyDigest: policyVersion.digest,
    policyVersion,
  });
}

/** The gateway's own credentials: masked wherever they turn up. */
export function secretsOf({ connections, issuers }: Pick<Config, 'connections' | 'issuers'>): string[] {
  return [...connections.flatMap(upstreamSecrets), ...issuers.flatMap(({ bearer }) => bearer ?? [])];
}

function toConnection(file: ConfigFile['connections'][number]): Connection {
  return {
    name: file.name,
    upstream: file.upstream,
    anonymousAs: file.anonymousAs,
    clientsWait: file.clientsWait,
    pendingAfterMs: file.pendingAfter,
    timeoutMs: file.timeout,
    tools: file.tools,
    scopes: file.scopes,
    serverRequests: file.serverRequests,
    trustAnnotations: file.trustAnnotations,
    describeApproval: file.describeApproval,
    purpose: file.purpose,
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
