import type { Requirement } from './requirement.ts';

export const policyVersions: readonly Requirement[] = [
  {
    id: 'policy:version:digest',
    says: 'The digest in a decision names everything that judged it: rules, approvers, what connections say of their tools, parsers and detectors.',
    provenBy: [
      'unit/gateway/config/versions/policy-document.test.ts > is another one with another %s',
      'unit/gateway/config/versions/policy-document.test.ts > names who reads commands and who finds secrets, by version',
      'end-to-end/policy-reload.test.ts > are listed, shown and compared by operators, and a digest is that of its document',
    ],
  },
  {
    id: 'policy:version:kept',
    says: 'A version of the policy is stored and recorded, with author, time and what changed, before it takes effect; several gateways record one new version.',
    provenBy: [
      'integration/policy-versions.test.ts > is kept before it takes effect: at the start, so that anybody can check its digest',
      'integration/policy-versions.test.ts > is recorded by each gateway that takes it up, and is new once',
      'integration/policy-versions.test.ts > is not there while its change is not: both are in one commit',
      'end-to-end/policy-reload.test.ts > do not take effect while the ledger is away, and do once it is back',
    ],
  },
  {
    id: 'policy:version:no-secrets',
    says: 'A kept version shows no secret and no address of an approver, and tells two of them apart all the same.',
    provenBy: [
      'unit/gateway/config/versions/policy-document.test.ts > shows no address and no secret, and tells two of them apart all the same',
      "unit/gateway/config/versions/policy-document.test.ts > shows none of the gateway's own credentials, wherever they stand",
    ],
  },
  {
    id: 'policy:version:whole',
    says: 'While versions take over from one another, every call is judged by one of them whole.',
    provenBy: [
      'unit/gateway/policy/one-version.test.ts > every call is judged by one of them whole, and its record says by which',
    ],
  },
  {
    id: 'policy:version:judged-again',
    says: 'What was approved is judged again before it runs, and the stricter of both versions wins.',
    provenBy: [
      'unit/gateway/hold/judge-grant.test.ts > nothing runs that either of them would not let run',
      'end-to-end/policy-reload.test.ts > does not run what is blocked by then: its caller, the card and the record say so',
      'end-to-end/policy-reload.test.ts > does not run it either when its caller comes back for it',
      'end-to-end/policy-reload.test.ts > does not run a task that is blocked by then',
      'end-to-end/policy-reload.test.ts > is not enough when policy asks for more by then, and asks anew for all of it',
      'end-to-end/held-server-requests.test.ts > does not go on when policy asks for more by then than it was approved by',
    ],
  },
  {
    id: 'policy:version:kept-approval',
    says: 'An open approval stands while policy asks for no more than it did: no second card, and the record names both versions.',
    provenBy: [
      'end-to-end/policy-reload.test.ts > is found again by an identical call when nothing changed that is asked of it',
      'end-to-end/policy-reload.test.ts > opens no second card for a caller that waits in legs while policy asks for the same',
      'end-to-end/policy-reload.test.ts > runs under its grant when policy allows it by then, and the record names both versions',
    ],
  },
  {
    id: 'policy:version:operators',
    says: 'Nobody but operators looks at versions of the policy.',
    provenBy: ['end-to-end/policy-reload.test.ts > are for operators only'],
  },
  {
    id: 'crash:gateway:same-name',
    says: 'A gateway that comes back under its name does not keep open what the dead one left.',
    provenBy: ['integration/sweep.test.ts > does not keep alive what the one before it left open'],
  },
];
