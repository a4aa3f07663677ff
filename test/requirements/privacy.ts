import type { Requirement } from './requirement.ts';

const endToEnd = 'end-to-end/privacy.test.ts';

export const privacy: readonly Requirement[] = [
  {
    id: 'purpose:given',
    says: 'A call says why in `_meta`, a header, an argument of the gateway or by its person; the server sees its own message.',
    provenBy: [
      `${endToEnd} > says why in _meta, and its bytes stay`,
      `${endToEnd} > says why in a header, for its whole connection`,
      `${endToEnd} > says why in an argument that its server never sees`,
      `${endToEnd} > is asked once, and what is said goes with the rounds that the server asks for`,
      'unit/gateway/purpose/reason-argument.test.ts > reaches its server without it, in bytes and arguments: %s',
    ],
  },
  {
    id: 'purpose:required',
    says: 'A call without the purpose that a rule asks for is refused in words that tell every way to give one; nobody is asked to approve it.',
    provenBy: [
      `${endToEnd} > without a purpose reads how to give one, every way that works, and nothing is sent`,
      'unit/gateway/policy/privacy.test.ts > that is missing has the call refused with what is wanted, before anybody is asked',
    ],
  },
  {
    id: 'purpose:approver',
    says: 'Approvers read the purpose, masked, and whether a person or an agent says so.',
    provenBy: [
      `${endToEnd} > chooses a purpose that its call then waits for approval with, and the approver reads it masked`,
    ],
  },
  {
    id: 'data:hidden',
    says: 'Whoever may not see a class of data reads its fields nowhere in an answer, or is refused; whoever may, reads them.',
    provenBy: [
      `${endToEnd} > of a contractor reads no salary, anywhere; one of hr reads it`,
      `${endToEnd} > is refused what only others may see, whatever it says; who may, says what it is for`,
      'unit/gateway/masking/fields/field-properties.test.ts > shows no value of a masked field; masked twice is masked once',
      'unit/gateway/masking/fields/hidden-fields.test.ts > in what comes before it are those of any call, for it may belong to another one of the session',
      `${endToEnd} > says why once for a task, whose answer then hides what its approver was told`,
      'integration/streams-sessions.test.ts > loses the fields that its caller may not see, in whatever the server says there',
      'unit/gateway/screen/offers/private-caching.test.ts > is for no shared cache, whoever it was made for, and for no long time',
    ],
  },
];
