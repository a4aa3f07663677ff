import type { Requirement } from './requirement.ts';

export const approvals: readonly Requirement[] = [
  {
    id: 'approval:click:runs-once',
    says: 'A high-risk call waits for a click in Slack, runs once and comes back with nothing added.',
    provenBy: ['end-to-end/approve.test.ts > waits for a click in Slack, runs once, and comes back with nothing added'],
  },
  {
    id: 'approval:history:in-order',
    says: 'The workflow history shows the answer recorded before it is released.',
    provenBy: ['end-to-end/approve.test.ts > shows in its workflow history as recorded, then released'],
  },
  {
    id: 'approval:quorum:different-people',
    says: 'A quorum counts different people.',
    provenBy: ['end-to-end/approve.test.ts > needs two different people when policy says two'],
  },
  {
    id: 'approval:join:one-card',
    says: 'An identical call joins the open case: one card, one execution, the answer for both.',
    provenBy: [
      'end-to-end/approve.test.ts > of the same caller joins the open case: one card, one execution, the answer for both',
      'end-to-end/tasks.test.ts > shares its case with whoever calls the same, in whatever way they wait',
    ],
  },
  {
    id: 'approval:card:calm',
    says: 'A card counts the callers that wait, and is not redrawn for each that comes or goes.',
    provenBy: [
      'end-to-end/approve.test.ts > is counted on the card once it has settled, and does not have it redrawn for each of them',
    ],
  },
  {
    id: 'approval:pending:retry-fetches',
    says: 'After `pending` the identical call fetches the result, without a second card.',
    provenBy: [
      'end-to-end/approve.test.ts > fetches the result after "pending", without a second card',
      'end-to-end/clients.test.ts > is told "pending", and the same call again has the answer',
    ],
  },
  {
    id: 'approval:pending:words',
    says: 'Whoever is told to call again reads that nothing ran only while nothing does.',
    provenBy: ['unit/gateway/hold/outcome-answer.test.ts > reads that nothing ran only while nothing does'],
  },
  {
    id: 'approval:disconnect:nothing-runs',
    says: 'Nothing runs while nobody waits, and a caller that comes back finds its case.',
    provenBy: [
      'end-to-end/approve.test.ts > after a disconnect finds its case again, and nothing ran while nobody waited',
    ],
  },
  {
    id: 'approval:cancel:no-second-card',
    says: 'A call that was taken back and is made again opens no second card.',
    provenBy: ['end-to-end/approve.test.ts > after the caller took it back opens no second card'],
  },
  {
    id: 'approval:denied:reason',
    says: 'A denied call does not run; its caller reads the reason and no name.',
    provenBy: ['end-to-end/refuse.test.ts > is denied with the reason an approver gave, and without their name'],
  },
  {
    id: 'approval:expires:denies',
    says: 'A call that nobody decides in time does not run.',
    provenBy: ['end-to-end/refuse.test.ts > expires when nobody decides, and the card says that nothing ran'],
  },
  {
    id: 'approval:late-click:told',
    says: 'A late click changes nothing, and who made it is told.',
    provenBy: ['end-to-end/refuse.test.ts > cannot be decided any more by a late click, which is told so'],
  },
  {
    id: 'approval:click:counts-once',
    says: 'One click counts once, however often its request is sent.',
    provenBy: [
      'end-to-end/refuse.test.ts > counts one click once, however often its request is sent',
      'unit/slack-app/listeners/listeners.test.ts > is the same decision when it is pressed twice',
    ],
  },
  {
    id: 'approval:approver:allowed',
    says: 'A click of the requester, of the owner or of a person outside the group is recorded and does not count.',
    provenBy: [
      'end-to-end/refuse.test.ts > when %s makes it: %s',
      'unit/workflows/activities/judge-decision.test.ts > %s is refused',
    ],
  },
  {
    id: 'approval:approver:identity',
    says: 'An approver is a full member of the workspace with a confirmed email.',
    provenBy: [
      'unit/slack-app/identity/approver-rules.test.ts > accepts a full member with a confirmed email',
      'unit/slack-app/identity/approver-rules.test.ts > refuses a click that came from another workspace, whatever users.info says',
    ],
  },
  {
    id: 'approval:forged:signal',
    says: 'Whoever can signal workflows can approve nothing.',
    provenBy: ['end-to-end/refuse.test.ts > when it is forged by somebody who can signal workflows'],
  },
  {
    id: 'approval:forged:workflow',
    says: 'A workflow started by hand approves nothing.',
    provenBy: ['end-to-end/refuse.test.ts > when a workflow was started by hand, whose case no gateway opened'],
  },
  {
    id: 'approval:forged:decision',
    says: 'A decision without a signature of its own does not count.',
    provenBy: [
      'end-to-end/refuse.test.ts > does not let anything run: a decision without its own signature does not count',
    ],
  },
  {
    id: 'approval:slack:signature',
    says: 'A request that Slack did not sign just now decides nothing.',
    provenBy: [
      'integration/slack-sim.test.ts > refuses a request with %s',
      'unit/slack-app/receiver/fastify-receiver.test.ts > refuses a request %s',
    ],
  },
  {
    id: 'approval:slack:durable-ack',
    says: 'A click is acknowledged only once Temporal has it; otherwise its sender is told that it was not recorded.',
    provenBy: [
      'integration/slack-app.test.ts > does not acknowledge a click while Temporal is away, within Slack’s three seconds, and stops when told to',
      'integration/slack-sim.test.ts > records an approval before it acknowledges the click',
    ],
  },
  {
    id: 'approval:bound:what-was-approved',
    says: 'What is sent is what was approved, to the byte.',
    provenBy: ['end-to-end/refuse.test.ts > does not let anything run: what is sent must be what was approved'],
  },
  {
    id: 'approval:bound:digest-hides',
    says: 'The digest of an action gives its arguments away to nobody.',
    provenBy: [
      'unit/gateway/hold/action-digest.test.ts > cannot be guessed from its digest without the nonce, nor from its join key without the key',
    ],
  },
  {
    id: 'approval:answer:never-by-caller',
    says: 'Nothing that a caller answers counts as an approval.',
    provenBy: ['end-to-end/held-server-requests.test.ts > is not approved by anything that its own caller accepts'],
  },
  {
    id: 'approval:asks:continues',
    says: 'An approved call goes on with what its server asks of the caller, without another approval.',
    provenBy: [
      'end-to-end/held-server-requests.test.ts > of a modern client goes on with what its server asks, and needs no other approval for it',
    ],
  },
  {
    id: 'wait:legs',
    says: 'A modern caller waits through several legs by itself.',
    provenBy: ['end-to-end/legs.test.ts > waits through several legs by itself, and gets its answer'],
  },
  {
    id: 'wait:legs:bounded',
    says: 'After ten legs a caller is told to call again.',
    provenBy: [
      'end-to-end/legs.test.ts > is told to call again after ten legs, since SDK clients come back no oftener',
    ],
  },
  {
    id: 'wait:state:single-use',
    says: 'A `requestState` is good once, for the same caller and call, and nobody can make one.',
    provenBy: [
      'end-to-end/legs.test.ts > is good for one return, of the same caller, with the same call, and nobody can make one',
    ],
  },
  {
    id: 'wait:state:policy-change',
    says: 'A caller that comes back finds its case whatever policy was loaded meanwhile.',
    provenBy: ['end-to-end/legs.test.ts > leads back to the same card when a policy was loaded in between'],
  },
  {
    id: 'wait:table',
    says: 'What users of each real client see is what the table in `gateway/hold/README.md` says.',
    provenBy: ['end-to-end/waiting.test.ts > the documented table is what was measured'],
  },
  {
    id: 'wait:own-clock',
    says: 'A client that gives up by its own clock and calls again finds its case.',
    provenBy: [
      'end-to-end/clients.test.ts > gives up by its own clock, and the same call again finds its case: one card, one execution',
    ],
  },
  {
    id: 'task:runs-without-caller',
    says: 'A call whose client declares tasks becomes one at once, runs when approved, and is fetched.',
    provenBy: ['end-to-end/tasks.test.ts > becomes a task at once, runs when it is approved, and is fetched'],
  },
  {
    id: 'task:sealed',
    says: 'A task lies sealed while it waits, and is gone afterwards.',
    provenBy: [
      'end-to-end/tasks.test.ts > lies sealed while it waits, and nowhere in the clear; afterwards it is gone',
    ],
  },
  {
    id: 'task:taken-back',
    says: 'A task that was taken back does not run, even when it is approved.',
    provenBy: [
      'end-to-end/tasks.test.ts > does not run, even when it is approved; calling again makes another one, under the same approval',
      'integration/tasks.test.ts > and taking it back exclude each other',
    ],
  },
  {
    id: 'task:private',
    says: 'A task is answered to the caller that made it, and to nobody else.',
    provenBy: ['end-to-end/tasks.test.ts > are answered to the caller that made it, and to nobody else'],
  },
  {
    id: 'task:policy-again',
    says: 'A task is judged again before it runs: what is blocked by then does not.',
    provenBy: [
      'end-to-end/tasks.test.ts > is the one that counts: what is blocked now does not run, whoever approved it',
    ],
  },
  {
    id: 'task:told',
    says: 'A listener is told of every change of its tasks.',
    provenBy: ['end-to-end/tasks.test.ts > is told of every change of its tasks, and of the end'],
  },
];
