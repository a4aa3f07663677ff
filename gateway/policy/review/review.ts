import type { LoadedConfig } from '../../config/loaded-config.ts';
import type { Problem } from '../../config/problems.ts';
import type { ReadSource } from '../../config/read-source.ts';
import type { ApprovalFile } from '../../config/rule-schema.ts';
import { OWN_PREFIX } from '../own-rules.ts';
import { contradictions } from './contradictions.ts';
import { coveredRules } from './covered.ts';
import { rulesAboutNobody } from './nobody.ts';
import { reviewedRules, type ReviewedRule } from './reviewed-rules.ts';

/**
 * PURE. What is no mistake by itself, and is seldom meant: rules without effect or about nobody, rules that contradict
 * each other, allowances of everything, approvals that nobody can give while one person is away.
 */
export function reviewPolicy({ config, files, packs }: LoadedConfig): Problem[] {
  const rules = reviewedRules(
    config,
    files,
    packs.map(({ rules: placed }) => placed),
  );
  return [
    ...rulesAboutNobody(rules, config),
    ...coveredRules(
      rules,
      config.policy,
      config.connections.map(({ name }) => name),
    ),
    ...contradictions(rules),
    ...rules.flatMap((rule) => [...allowsEverything(rule), ...isCalledLikeOurs(rule)]),
    ...alikeIds(rules),
    ...files.flatMap((file) => [...needsEverybody(file, config.approvers), ...allowsByDefault(file)]),
  ];
}

function allowsEverything({ file, scope, at }: ReviewedRule): Problem[] {
  const { connection, method: _method, ...rest } = file.match;
  const isBound = Object.values(rest).some((value) => value !== undefined) || file.when !== undefined;
  const isEverywhere = connection === undefined || scope.connections === undefined || connection === '*';
  if (file.decision !== 'allow' || isBound || !isEverywhere) return [];
  return [at(['id'], `rule ${file.id} allows everything on every connection to everybody`)];
}

function isCalledLikeOurs({ file, at }: ReviewedRule): Problem[] {
  if (!file.id.startsWith(OWN_PREFIX)) return [];
  return [at(['id'], `ids that begin with "${OWN_PREFIX}" are the gateway's own, and this one reads like one of them`)];
}

function alikeIds(rules: readonly ReviewedRule[]): Problem[] {
  const seen = new Map<string, string>();
  return rules.flatMap(({ file, at }) => {
    const spelled = file.id.toLowerCase();
    const first = seen.get(spelled);
    if (first === undefined) seen.set(spelled, file.id);
    return first === undefined ? [] : [at(['id'], `rule "${file.id}" is hard to tell from rule "${first}"`)];
  });
}

function needsEverybody(
  { source, content, place }: ReadSource,
  approvers: LoadedConfig['config']['approvers'],
): Problem[] {
  const approvals = [
    { approval: content.defaults?.approval, path: ['defaults', 'approval', 'quorum'] },
    ...content.rules.map(({ approval }, index) => ({ approval, path: place('rules', index, 'approval', 'quorum') })),
  ];
  return approvals.flatMap(({ approval, path }) => {
    if (approval === undefined || approval.quorum < peopleOf(approval, approvers)) return [];
    const { quorum, groups } = approval;
    const who = quorum === 1 ? 'the only person' : `all ${quorum} people`;
    return [
      source.problem(path, `${who} of ${groups.join(' and ')} must approve: while one is away, or asks, nobody can`),
    ];
  });
}

function peopleOf({ groups }: ApprovalFile, approvers: LoadedConfig['config']['approvers']): number {
  return new Set(groups.flatMap((name) => approvers[name]?.members ?? []).map((member) => member.toLowerCase())).size;
}

function allowsByDefault({ source, content }: ReadSource): Problem[] {
  if (content.defaults?.decision !== 'allow') return [];
  return [source.problem(['defaults', 'decision'], 'whatever no rule speaks of is allowed')];
}
