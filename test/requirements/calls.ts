import type { Requirement } from './requirement.ts';

export const calls: readonly Requirement[] = [
  {
    id: 'call:one-way',
    says: 'A call takes every step in order, and no step can be left out.',
    provenBy: [
      'unit/gateway/pipeline.test.ts > that is allowed goes through every step in order, and is released last',
    ],
  },
  {
    id: 'call:unchanged',
    says: 'An answer without anything to mask passes unchanged, in both eras.',
    provenBy: [
      'end-to-end/protocol.test.ts > carries its answer through unchanged, in both eras, when there is nothing to mask',
      'integration/streams-http.test.ts > no byte of an allowed answer changes, whatever it is and however it is cut',
    ],
  },
  {
    id: 'call:to-server',
    says: 'The server gets the bytes that came, and no header that is not for it.',
    provenBy: [
      'integration/streams-http.test.ts > are the bytes that came, with the headers that mean something to it and no others',
    ],
  },
  {
    id: 'call:strict',
    says: 'What is no strict JSON-RPC, or too large, is refused and not forwarded.',
    provenBy: [
      'end-to-end/protocol.test.ts > %s is refused',
      'integration/streams-http.test.ts > is nothing at all of a message that the scanner or the protocol refuses',
      'integration/streams-http.test.ts > is 413 with a JSON-RPC error that names the limit, for a request over 4 MiB, chunked or not',
    ],
  },
  {
    id: 'call:host-origin',
    says: 'A request for another host, or from a page, is refused.',
    provenBy: ['integration/streams-http.test.ts > is 403 for a Host or an Origin that is not this gateway’s'],
  },
  {
    id: 'call:unreachable',
    says: 'A server that cannot be reached means `unavailable`: nothing ran.',
    provenBy: ['end-to-end/refuse.test.ts > answers for a server that cannot be reached that nothing ran'],
  },
  {
    id: 'call:deadline',
    says: 'A call ends at its deadline as `unknown`, and a legacy server is told.',
    provenBy: [
      'integration/streams.test.ts > that does not come in time ends the call as unknown, and a legacy server is told',
    ],
  },
  {
    id: 'call:cancel',
    says: 'A call is taken back by its own caller and by nobody else.',
    provenBy: [
      'end-to-end/transport.test.ts > ends with notifications/cancelled of its own caller, and not of another',
    ],
  },
  {
    id: 'call:too-large',
    says: 'An answer over 16 MiB is withheld.',
    provenBy: [
      'integration/streams.test.ts > larger than 16 MiB, as %s, is withheld with an error that names the limit',
    ],
  },
  {
    id: 'stream:progress',
    says: 'Progress reaches the caller before the answer, event by event.',
    provenBy: [
      'end-to-end/protocol.test.ts > streams its progress before its answer',
      'integration/streams.test.ts > reaches the caller event by event while the server still works',
    ],
  },
  {
    id: 'stream:terminal',
    says: 'No stream ends without a terminal message, whatever fails.',
    provenBy: [
      'integration/streams.test.ts > is never ended without a terminal message when the server dies in the middle',
      'integration/streams.test.ts > is ended with a terminal message when the server closes it without an answer',
      'integration/streams.test.ts > is ended with a terminal message when the ledger fails in the middle, and nothing unrecorded passes',
    ],
  },
  {
    id: 'stream:resumed',
    says: 'An answer that comes on a resumed stream is recorded as the answer of its call.',
    provenBy: [
      'integration/streams-sessions.test.ts > has its answer on the resumed stream, recorded as the answer of that call',
    ],
  },
  {
    id: 'stream:backpressure',
    says: 'A caller that does not read holds its server up, and costs no memory.',
    provenBy: [
      'integration/streams-http.test.ts > stops reading from a server whose caller does not read',
      'integration/idle-streams.test.ts > memory stays flat over an hour’s worth of events on 200 idle streams',
    ],
  },
  {
    id: 'revision:all',
    says: 'One address speaks the revisions 2025-03-26, 2025-06-18, 2025-11-25 and 2026-07-28.',
    provenBy: [
      'end-to-end/transport.test.ts > speaks revision %s',
      'end-to-end/transport.test.ts > speaks revision 2026-07-28, without a session',
    ],
  },
  {
    id: 'client:real',
    says: 'Unmodified clients read what policy allows, wait, are denied and are told why.',
    provenBy: [
      'end-to-end/clients.test.ts > reads what policy allows, masked',
      'end-to-end/clients.test.ts > waits for an approval and has the answer',
      'end-to-end/clients.test.ts > waits, is denied, and reads the reason',
    ],
  },
  {
    id: 'session:principal',
    says: 'A session belongs to the principal that opened it.',
    provenBy: [
      'end-to-end/protocol.test.ts > belongs to the principal that opened it, and ends for everybody with DELETE',
    ],
  },
  {
    id: 'token:required',
    says: 'Without a valid token for this connection a caller is challenged, and told where to look.',
    provenBy: [
      'end-to-end/protocol.test.ts > is challenged, and told where to look',
      'end-to-end/protocol.test.ts > is refused with one %s',
    ],
  },
  {
    id: 'token:expiry',
    says: 'A token is believed until it expires and not a moment longer.',
    provenBy: [
      'unit/gateway/authenticate/bearer-token.test.ts > is believed until it expires and not a moment longer, also when it was verified before',
    ],
  },
  {
    id: 'token:scope',
    says: 'A token without the scope is refused, and its caller told which it needs.',
    provenBy: ['end-to-end/authorization.test.ts > refuses a token with %s only, and says which scope is needed'],
  },
  {
    id: 'token:discovery',
    says: 'A client of the SDK finds the issuer by itself.',
    provenBy: [
      'end-to-end/authorization.test.ts > finds the issuer, signs in with its key and calls a tool, without a token to start with',
    ],
  },
  {
    id: 'token:issuers',
    says: 'A group of one issuer is not the group of another.',
    provenBy: ['end-to-end/authorization.test.ts > do not make a group of one a group of the other'],
  },
  {
    id: 'token:not-forwarded',
    says: 'The server gets a token of the gateway’s own, never the caller’s.',
    provenBy: ['end-to-end/authorization.test.ts > gets a token that the gateway got with its key, made out to it'],
  },
  {
    id: 'token:nowhere',
    says: 'Neither log nor ledger hold a token.',
    provenBy: ['end-to-end/authorization.test.ts > neither log nor ledger hold a token or a secret of all this'],
  },
  {
    id: 'issuer:dev',
    says: 'The dev issuer gives short-lived tokens for one connection, and refuses what an issuer must.',
    provenBy: [
      'integration/issuer.test.ts > gives %s a short-lived JWT for the connection it names',
      'integration/issuer.test.ts > refuses a client that brings no code challenge',
    ],
  },
  {
    id: 'policy:default-deny',
    says: 'What no rule speaks of is blocked.',
    provenBy: ['unit/gateway/policy/judge.test.ts > is blocked, with a reason that names the call'],
  },
  {
    id: 'policy:strictest',
    says: 'The strictest rule wins, whatever their order.',
    provenBy: ['unit/gateway/policy/judge.test.ts > whatever the order of the rules'],
  },
  {
    id: 'policy:merging',
    says: 'Approvals merge into the largest quorum, every group and the shortest times.',
    provenBy: [
      'unit/gateway/policy/judge-properties.test.ts > the approval is the largest quorum, every group and the shortest times of the rules that hold it',
      'unit/gateway/policy/judge-properties.test.ts > the order of the rules changes nothing of the judgement',
    ],
  },
  {
    id: 'policy:shadow',
    says: 'A rule in shadow mode is recorded and shown, and decides nothing.',
    provenBy: [
      'end-to-end/policy-language.test.ts > blocks nothing, and stands in the record of the call',
      'unit/gateway/policy/judge-properties.test.ts > rules in shadow mode change nothing but what is told of them, and that is what they would decide',
    ],
  },
  {
    id: 'policy:explained',
    says: 'Command line, card and record say in the same words what each rule had to do with a call.',
    provenBy: [
      'end-to-end/policy-language.test.ts > says on its card and in its record what every rule had to do with it, in the same words',
      'unit/gateway/policy/judge-properties.test.ts > an explanation names exactly the rules that decide as those that apply',
    ],
  },
  {
    id: 'policy:annotations',
    says: 'What a server says of its tools restricts calls, and allows one only where it is trusted.',
    provenBy: [
      'end-to-end/policy-language.test.ts > allows a call only where its word is trusted, and what it leaves out restricts one',
      'unit/gateway/policy/matchers/annotations.test.ts > allows a call only where it is trusted, and only what it says',
    ],
  },
  {
    id: 'policy:time',
    says: 'Hours in a rule are those of people in its zone, over midnight and when their clocks change.',
    provenBy: [
      'unit/gateway/policy/matchers/time.test.ts > are those of their zone: %s',
      'unit/gateway/policy/matchers/time.test.ts > follow the clocks when they change: %s',
    ],
  },
  {
    id: 'policy:reference',
    says: 'The reference of the policy language has ten worked examples that are right.',
    provenBy: ['unit/gateway/policy/reference.test.ts > is right: %s'],
  },
  {
    id: 'policy:many-rules',
    says: 'A decision takes as long as there are rules about such a call, however many there are about others.',
    provenBy: [
      'unit/gateway/policy/rule-index.test.ts > are all that fit it, for any policy and any call',
      'unit/gateway/policy/rule-index.test.ts > are few where many rules are about other tools, connections and teams',
    ],
  },
  {
    id: 'policy:block',
    says: 'A dangerous command is blocked before anybody is asked, and recorded.',
    provenBy: ['end-to-end/refuse.test.ts > blocks a dangerous command before anybody is asked, and records it'],
  },
  {
    id: 'command:shell',
    says: 'What a shell command would do is told, however it is spelled or wrapped; what nobody can tell is unknown.',
    provenBy: [
      'unit/gateway/policy/commands/shell/read-shell.test.ts > %s',
      'unit/gateway/policy/commands/shell/properties.test.ts > a dangerous command stays one in any composition of wrappers, nesting and quotes',
      'unit/gateway/policy/commands/shell/properties.test.ts > what follows a harmless text and cannot be parsed, or cut off, is never read as harmless',
      'unit/gateway/policy/commands/shell/bounds.test.ts > every program that is known says something of any words, and nothing of the caller',
    ],
  },
  {
    id: 'command:bounded',
    says: 'No command takes long to read, whatever it is made of, and one without a command is never allowed.',
    provenBy: [
      'unit/gateway/policy/commands/shell/bounds.test.ts > no input takes long, whatever it is made of',
      'unit/gateway/policy/commands/shell/bounds.test.ts > every dialect is read, and never allowed without a command',
    ],
  },
  {
    id: 'command:clusters',
    says: 'Verbs of kubectl, helm, Terraform and clouds are told, and what they act on, under one name.',
    provenBy: [
      'unit/gateway/policy/commands/kubernetes/kubectl.test.ts > an option that is not known may have a kind as its value, so two kinds may be meant',
      'unit/gateway/policy/commands/kubernetes/read-kubernetes-tool.test.ts > kinds and namespaces come from the name, the arguments and every object of a manifest',
      'unit/gateway/policy/commands/infrastructure/clouds.test.ts > what gives out a secret is called that, though it changes nothing',
    ],
  },
  {
    id: 'command:structured',
    says: 'Requests and changes of settings are told by their parts, under one spelling.',
    provenBy: [
      'unit/gateway/policy/commands/http/read-http.test.ts > hosts and paths are told in one spelling',
      'unit/gateway/policy/commands/config/read-config.test.ts > a name of a setting has one spelling',
    ],
  },
  {
    id: 'command:tools',
    says: 'Tools are named by globs, and a field that no dialect reads is refused with its line.',
    provenBy: [
      'unit/gateway/config/tools.test.ts > its own name wins, and then the first glob that fits',
      'unit/gateway/config/tools.test.ts > a field that its dialect does not read is refused, with its line',
    ],
  },
  {
    id: 'policy:who',
    says: 'Policy looks at who calls.',
    provenBy: ['end-to-end/refuse.test.ts > looks at who calls: a contractor reads and does not touch'],
  },
  {
    id: 'policy:broken-file',
    says: 'A broken policy file is refused with its line, and the old one stays in force.',
    provenBy: ['end-to-end/crash.test.ts > is refused with its line, and the old policy stays in force'],
  },
  {
    id: 'tools:list',
    says: 'A list shows what its caller may ever call, and nothing else.',
    provenBy: [
      'end-to-end/tools.test.ts > shows what its caller may ever call, in order, on every page, and is nobody else’s to keep',
    ],
  },
  {
    id: 'tools:pinned',
    says: 'A changed tool needs approval until an operator accepts exactly what it is now.',
    provenBy: [
      'end-to-end/tools.test.ts > that changed needs approval until an operator accepts exactly what it is now',
      'integration/tool-pins.test.ts > waits for acceptance of that very definition, and comes back pending when it returns',
    ],
  },
  {
    id: 'tools:approval-void',
    says: 'An approval is void for a tool that changed after the call was held.',
    provenBy: [
      'end-to-end/tools.test.ts > is void for a tool that changed after the call was held, though nobody has listed it since',
    ],
  },
  {
    id: 'tools:two-gateways',
    says: 'What two gateways see of a tool at the same time is recorded once.',
    provenBy: [
      'integration/tool-pins.test.ts > that two gateways see at the same time are recorded once, and both know them',
    ],
  },
  {
    id: 'tools:many-connections',
    says: 'What is known of tools is read again when it has changed, and not because other connections have.',
    provenBy: ['integration/tool-pins.test.ts > are read again when they have changed, and not because others have'],
  },
  {
    id: 'tools:operators',
    says: 'Nobody but operators looks at tools or accepts them.',
    provenBy: [
      'end-to-end/tools.test.ts > lets nobody but operators look at tools or accept them, and says so in problem details',
    ],
  },
  {
    id: 'asks:judged',
    says: 'What a server asks of a caller is judged, masked and recorded.',
    provenBy: [
      'end-to-end/server-requests.test.ts > of a person is masked for the client; the answer reaches the server as it was given',
      'end-to-end/server-requests.test.ts > does not reach it where the setting is block: %s',
    ],
  },
  {
    id: 'asks:no-secret-form',
    says: 'A server may ask for no secret in a form.',
    provenBy: ['end-to-end/server-requests.test.ts > in a form may be no secret'],
  },
  {
    id: 'asks:hosts',
    says: 'A server may send a person to a listed host, and to no other.',
    provenBy: [
      'end-to-end/server-requests.test.ts > may send it to a host that is listed, and to no other',
      'end-to-end/server-requests.test.ts > is not sent to a foreign host by an error either',
    ],
  },
];
