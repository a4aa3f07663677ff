import type { Requirement } from './requirement.ts';

export const conditions: readonly Requirement[] = [
  {
    id: 'policy:when:checked',
    says: 'A condition that could be misread is refused at load, with its line, the place in it and the word that was meant.',
    provenBy: [
      'unit/gateway/config/conditions.test.ts > that is not sound is refused with its line, the place in the expression and the word that was meant',
      'unit/gateway/config/conditions.test.ts > that reads %s says of which calls it speaks, when it restricts',
      'unit/gateway/policy/conditions/compile.test.ts > %s is refused because %s',
    ],
  },
  {
    id: 'policy:when:doubt',
    says: 'A condition that cannot be judged restricts, and allows nothing.',
    provenBy: [
      'unit/gateway/config/conditions.test.ts > applies when its expression holds, or restricts and cannot be judged',
      'unit/gateway/config/conditions.test.ts > allows nothing while its expression cannot be judged',
      'unit/gateway/policy/conditions/hostile.test.ts > never throws, and fits for both decisions only what it can judge',
    ],
  },
  {
    id: 'policy:when:bounded',
    says: 'Judging a condition takes some milliseconds at most, whatever a caller sends.',
    provenBy: [
      'unit/gateway/policy/conditions/hostile.test.ts > %s is judged within some milliseconds',
      'unit/gateway/policy/conditions/any-condition.test.ts > is judged within some milliseconds, and never throws, however large what it reads is',
      'unit/gateway/policy/conditions/hostile.test.ts > takes time that grows as its text does',
    ],
  },
  {
    id: 'policy:when:specified',
    says: 'A condition means what the specification of CEL says, and what another implementation says.',
    provenBy: [
      'unit/gateway/policy/conditions/conformance.test.ts > is passed by the library, but for the cases that are pinned',
      'unit/gateway/policy/conditions/conformance.test.ts > is never contradicted by a rule: what is taken is judged as specified',
      'unit/gateway/policy/conditions/differential.test.ts > says the same of %s',
      'unit/gateway/policy/conditions/any-condition.test.ts > is judged as another implementation judges it, or not at all',
    ],
  },
  {
    id: 'policy:when:explained',
    says: 'What became of a condition is told part by part, as it stands in the rule, without a value of an argument.',
    provenBy: [
      'unit/gateway/policy/conditions/hostile.test.ts > tells what the rule says, and no value of an argument',
    ],
  },
];
