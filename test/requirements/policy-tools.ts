import type { Requirement } from './requirement.ts';

export const policyTools: readonly Requirement[] = [
  {
    id: 'policy:tests:gate',
    says: 'A version of the policy of which an inline test fails is not taken, and its line says what came instead.',
    provenBy: [
      'unit/gateway/policy/inline-tests/inline-tests.test.ts > that fails names its line, what was expected and what came instead (%#)',
      'unit/gateway/policy/packs/reload.test.ts > a version of which a test fails is refused, and the old one stays',
      'unit/gateway/policy/packs/use-packs.test.ts > whose own test fails is not taken',
    ],
  },
  {
    id: 'policy:packs:shipped',
    says: 'Packs that come with Countersign restrict, are sound, and keep their own tests.',
    provenBy: [
      'unit/gateway/policy/packs/shipped.test.ts > comes to what its own tests expect',
      'unit/gateway/policy/packs/use-packs.test.ts > applies where it is used and nowhere else, under its own name',
    ],
  },
  {
    id: 'policy:tests:notice',
    says: 'No rule of a shipped pack or of the sample can be deleted, flipped or widened without a test that notices.',
    provenBy: [
      'unit/gateway/policy/mutants.test.ts > in the pack %s',
      'unit/gateway/policy/mutants.test.ts > in %s',
      'unit/gateway/policy/mutants.test.ts > a change that no test notices is found',
    ],
  },
  {
    id: 'policy:warnings:certain',
    says: 'A rule that is said to change nothing changes nothing, whatever the call.',
    provenBy: [
      'unit/gateway/policy/review/covered.test.ts > without a rule that is said to change nothing, every call is judged as with it',
      'unit/gateway/policy/review/covered.test.ts > is not said to: %s escapes it',
    ],
  },
  {
    id: 'policy:replay:changes',
    says: 'A replay lists every recorded call that a new policy would judge otherwise, by the rule that makes the difference.',
    provenBy: [
      'integration/policy-replay.test.ts > lists every call whose verdict changes, by the rule that makes the difference, over months',
      'integration/policy-replay.test.ts > of the policy in force changes nothing, and ends with 0',
    ],
  },
  {
    id: 'policy:replay:masked',
    says: 'Of a rule that asks for what the ledger holds masked, a replay claims nothing.',
    provenBy: ['integration/policy-replay.test.ts > of a rule that asks for what is masked claims nothing'],
  },
];
