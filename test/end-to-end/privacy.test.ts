import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askable, connectAskable } from '../support/askable-caller.ts';
import { outcomeOf } from '../support/caller.ts';
import { people, raised } from '../support/people-server.ts';
import { PeopleWorld, type LedgerRow } from '../support/people-world.ts';
import { Product, unique } from '../support/product.ts';
import { TaskClient } from '../support/task-client.ts';

const product = new Product();
let world: PeopleWorld;

beforeAll(async () => {
  world = await PeopleWorld.open(product);
});

afterAll(() => world.close());

const reason = { 'dev.countersign/reason': 'incident: payroll is late', 'dev.countersign/ticket': 'INC-7' };
const amounts = people.map(({ salary }) => String(salary.amount));
const receivedIn = (entries: readonly LedgerRow[]) =>
  entries.find(({ kind, facts }) => kind === 'request.received' && facts['method'] === 'tools/call')?.facts;

describe.each(['legacy', 'modern'] as const)('a %s client', (era) => {
  test('without a purpose reads how to give one, every way that works, and nothing is sent', async () => {
    const { result, heard, entries } = await world.call(era, 'ci-reader', 'people-asking', 'read_people', {});
    const text = JSON.stringify(result.content);
    expect(result.isError).toBe(true);
    expect(text).toContain('params._meta[\\"dev.countersign/reason\\"]');
    expect(text).toContain('Evidence-Reason');
    expect(text).not.toContain('_reason\\" of the tool');
    expect(outcomeOf(result)).toMatchObject({
      code: 'blocked',
      needs: 'purpose',
      retryable: true,
      rule: 'people-are-read-for-a-purpose',
    });
    expect(heard).toEqual([]);
    expect(entries.at(-1)).toMatchObject({ kind: 'call.closed', outcome: 'blocked', facts: { needs: 'purpose' } });
  });

  test('says why in _meta, and its bytes stay', async () => {
    const sent = await world.call(era, 'ci-reader', 'people-asking', 'read_people', {}, { meta: reason });
    expect(sent.result.isError).toBeFalsy();
    expect(JSON.stringify(sent.result)).toContain(amounts[0]);
    expect(JSON.parse(sent.heard[0] ?? '{}')).toMatchObject({ params: { _meta: reason } });
    expect(receivedIn(sent.entries)?.['purpose']).toEqual({ claimedBy: 'agent', code: 'incident', source: 'meta' });
    expect(sent.entries.map(({ kind }) => kind)).toContain('purpose.given');
  });

  test('says why in a header, for its whole connection', async () => {
    const headers = { 'evidence-reason': encodeURIComponent('review: jährlich') };
    const sent = await world.call(era, 'ci-reader', 'people-asking', 'read_people', {}, { headers });
    expect(sent.result.isError).toBeFalsy();
    expect(receivedIn(sent.entries)?.['purpose']).toEqual({
      claimedBy: 'agent',
      code: 'review',
      scope: 'connection',
      source: 'header',
    });
    expect(sent.heard.join()).not.toContain('j%C3%A4hrlich');
  });

  test('says why in an argument that its server never sees', async () => {
    const args = { like: 'J', _reason: 'review: looks for Jo' };
    const sent = await world.call(era, 'ci-reader', 'people', 'read_people', args);
    expect(sent.result.isError).toBeFalsy();
    expect(sent.heard).toHaveLength(1);
    expect(sent.heard[0]).not.toContain('_reason');
    expect(JSON.parse(sent.heard[0] ?? '{}')).toMatchObject({ params: { arguments: { like: 'J' } } });
    expect(receivedIn(sent.entries)).toMatchObject({
      purpose: { source: 'argument', code: 'review' },
      removed: ['/params/arguments/_reason'],
    });
    const refused = await world.call(era, 'ci-reader', 'people', 'read_people', { like: 'J' });
    expect(JSON.stringify(refused.result.content)).toContain('argument \\"_reason\\"');
  });

  test('of a contractor reads no salary, anywhere; one of hr reads it', async () => {
    for (const tool of ['read_people', 'export_people']) {
      const hr = await world.call(era, 'ci-reader', 'people', tool, { _reason: 'review: all' });
      expect(JSON.stringify(hr.result)).toContain(amounts[1]);
      const contractor = await world.call(era, 'contractor', 'people', tool, { _reason: 'review: all' });
      const seen = JSON.stringify(contractor);
      expect(contractor.result.isError).toBeFalsy();
      expect(seen).toContain('Al Baker');
      for (const amount of amounts) expect(seen).not.toContain(amount);
    }
    const { result, said } = await world.call(era, 'contractor', 'people', 'read_people', { _reason: 'review: all' });
    expect(result.structuredContent).toMatchObject({ people: [{ name: 'Jo Miller', salary: { amount: 0 } }, {}] });
    expect(said).toEqual(era === 'legacy' ? [{ salary: 0, read: 2 }] : []);
  });

  test('is refused what only others may see, whatever it says; who may, says what it is for', async () => {
    const args = { name: 'Jo' };
    const meta = { 'dev.countersign/reason': 'review: a raise' };
    const refused = await world.call(era, 'contractor', 'people', 'raise', args, { meta });
    expect(JSON.stringify(refused.result.content)).toContain('only members of readers may see');
    expect(outcomeOf(refused.result)).toMatchObject({ code: 'blocked', retryable: false });
    const unsaid = await world.call(era, 'ci-reader', 'people', 'raise', args, { meta: reason });
    expect(outcomeOf(unsaid.result)).toMatchObject({ needs: 'purpose', codes: ['review'] });
    const said = await world.call(era, 'ci-reader', 'people', 'raise', args, { meta });
    expect(said.result.isError).toBeFalsy();
  });

  test('loses the fields that a rule masks, whoever it is', async () => {
    const { result } = await world.call(era, 'ci-reader', 'people-plain', 'read_people', {});
    expect(JSON.stringify(result)).toContain(amounts[0]);
    expect(JSON.stringify(result)).not.toContain('1981-02-03');
  });
});

describe('a resource', () => {
  test('shows a contractor no salary, and one of hr all of it', async () => {
    const read = async (who: string) => {
      const token = await product.token(who, 'people');
      const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
      const requestInit = { headers: { authorization: `Bearer ${token}` } };
      await client.connect(new StreamableHTTPClientTransport(new URL(product.urlOf('people')), { requestInit }));
      const contents = await client.readResource({ uri: 'people://handbook' });
      await client.close();
      return JSON.stringify(contents);
    };
    expect(await read('ci-reader')).toContain(amounts[0]);
    const seen = await read('contractor');
    expect(seen).toContain('Jo Miller');
    for (const amount of amounts) expect(seen).not.toContain(amount);
  });
});

describe('a list', () => {
  test('shows the argument to the model, required, and pins what the server itself has said', async () => {
    const token = await product.token('ci-reader', 'people');
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    const requestInit = { headers: { authorization: `Bearer ${token}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(product.urlOf('people')), { requestInit }));
    const { tools } = await client.listTools();
    await client.close();
    const read = tools.find(({ name }) => name === 'read_people');
    expect(read?.inputSchema).toMatchObject({
      properties: { like: {}, _reason: { type: 'string' } },
      required: expect.arrayContaining(['_reason']),
      additionalProperties: false,
    });
    const rows = await product.query<{ connection: string; digest: string }>(
      `select connection, digest from countersign.tool_definition
       where tool = 'read_people' and connection in ('people', 'people-asking')`,
    );
    expect(new Set(rows.map(({ connection }) => connection)).size).toBe(2);
    expect(new Set(rows.map(({ digest }) => digest)).size).toBe(1);
  });
});

describe('a person at the client', () => {
  const caller = async (who: string, content: Record<string, string>) => {
    const answers = askable(content);
    const token = await product.token(who, 'people-asking');
    return { answers, client: await connectAskable(product.urlOf('people-asking'), token, answers) };
  };

  test('is asked once, and what is said goes with the rounds that the server asks for', async () => {
    const { answers, client } = await caller('ci-reader', { reason: 'payroll is late' });
    const mark = await world.lastSeq();
    const what = unique('confirmed');
    const result = await client.call('confirm', { what });
    await client.close();
    expect(JSON.stringify(result.content)).toContain(what);
    expect(answers.asked).toHaveLength(2);
    expect(answers.asked[0]).toContain('people-asking.confirm');
    const entries = await world.entriesAfter(mark, 'people-asking');
    const received = entries.filter(({ kind }) => kind === 'request.received').map(({ facts }) => facts['purpose']);
    expect(received.filter((purpose) => purpose !== undefined)).toEqual([
      { claimedBy: 'human', source: 'elicitation' },
      { claimedBy: 'human', source: 'elicitation' },
    ]);
    expect(entries).toContainEqual(
      expect.objectContaining({
        kind: 'call.closed',
        outcome: 'pending',
        facts: expect.objectContaining({ needs: 'purpose' }),
      }),
    );
    expect(world.server.heard.join()).not.toContain('countersign.1.');
    expect(world.server.heard.join()).not.toContain('dev.countersign/purpose');
  });

  test('chooses a purpose that its call then waits for approval with, and the approver reads it masked', async () => {
    const secret = ['AK', 'IA', 'ABCDEFGHIJKLMNOP'].join('');
    const { answers, client } = await caller('ci-deployer', { reason: `key ${secret} leaked`, purpose: 'incident' });
    const name = unique('raised');
    const answer = client.call('raise', { name });
    const card = await product.slack.cardWith(name);
    const shown = JSON.stringify(card);
    expect(shown).toContain('incident: key [REDACTED:');
    expect(shown).toContain('stated by the person at the client');
    expect(shown).not.toContain(secret);
    await product.slack.click('sre-1', card, 'approve');
    expect(JSON.stringify((await answer).content)).toContain(`${name} has a raise`);
    expect(JSON.parse(answers.asked[0] ?? '{}')).toMatchObject({
      requestedSchema: { properties: { purpose: { enum: ['incident', 'review'] } } },
    });
    await client.close();
  });

  test('says why once for a task, whose answer then hides what its approver was told', async () => {
    const token = await product.token('ci-deployer', 'people-asking');
    const client = new TaskClient(product.urlOf('people-asking'), token, { elicitation: {} });
    const name = unique('tasked');
    const { requestState, inputRequests } = await client.raw.callTool('raise', { name });
    const [request = ''] = Object.keys(inputRequests as object);
    const answer = { action: 'accept', content: { purpose: 'review', reason: 'it is due' } };
    const back = { requestState, inputResponses: { [request]: answer } };
    const task = await client.raw.callTool('raise', { name }, back);
    expect(task['resultType']).toBe('task');
    const card = await product.slack.cardWith(name);
    expect(JSON.stringify(card)).toContain('review: it is due');
    expect(JSON.stringify(card)).toContain('Hidden from the caller');
    await product.slack.click('sre-1', card, 'approve');
    const done = JSON.stringify((await client.settled(String(task['taskId']))).result);
    expect(done).toContain(`${name} has a raise`);
    expect(done).toContain('Salary: [REDACTED:field]');
    expect(done).not.toContain(String(raised));
  });

  test('who says nothing has its call refused, and is not asked again', async () => {
    const { answers, client } = await caller('ci-reader', {});
    const result = await client.call('read_people', {});
    await client.close();
    expect(answers.asked).toHaveLength(1);
    expect(outcomeOf(result)).toMatchObject({ code: 'blocked', needs: 'purpose' });
  });
});
