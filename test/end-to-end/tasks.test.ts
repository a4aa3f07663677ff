import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, inject, test } from 'vitest';
import { outcomeOf, type ToolResult } from '../support/caller.ts';
import { eventually } from '../support/eventually.ts';
import { ModernClient, type JsonObject } from '../support/modern-client.ts';
import { Product, unique } from '../support/product.ts';
import { TaskClient, type TaskView } from '../support/task-client.ts';

const product = new Product();
const setting = (value: string, rolloutSeconds?: number) => ({
  service: 'payments',
  key: 'checkout.banner',
  value,
  ...(rolloutSeconds === undefined ? {} : { rolloutSeconds }),
});

async function taskClient(client = 'ci-deployer', connection = 'quick'): Promise<TaskClient> {
  return new TaskClient(product.urlOf(connection), await product.token(client, connection));
}

async function approve({ taskId }: TaskView): Promise<void> {
  await product.slack.click('sre-1', await product.slack.card(approvalOf(taskId)), 'approve');
}

function approvalOf(taskId: string): string {
  return taskId.slice(0, 40);
}

function outcomeCode(task: TaskView): string | undefined {
  return outcomeOf(task.result as ToolResult)?.code;
}

async function rowOf(taskId: string): Promise<{ state: string; sealed: Buffer | null; call_id: string }> {
  const rows = await product.query<{ state: string; sealed: Buffer | null; call_id: string }>(
    'select state, sealed, call_id from countersign.task where id = $1',
    [taskId],
  );
  if (rows[0] === undefined) throw new Error(`no row of ${taskId}`);
  return rows[0];
}

describe('a held call whose client declares tasks', () => {
  test('becomes a task at once, runs when it is approved, and is fetched', async () => {
    const client = await taskClient();
    const value = unique('task');
    const task = await client.start('apply_config', setting(value));
    expect(task).toMatchObject({ resultType: 'task', status: 'working', pollIntervalMs: 5_000 });
    expect(task.taskId).toMatch(/^apr_/);
    expect(task.statusMessage).toMatch(/^Waiting for approval 0 of 1, expires \d{4}-/);
    expect(await client.get(task.taskId)).toMatchObject({ resultType: 'complete', status: 'working' });
    expect(await product.executionsWith(value)).toBe(0);
    await approve(task);
    const done = await client.settled(task.taskId);
    expect(done).toMatchObject({ taskId: task.taskId, status: 'completed', createdAt: task.createdAt });
    expect(done.result).toMatchObject({ resultType: 'complete' });
    expect(JSON.stringify(done.result?.['content'])).toContain(value);
    expect(Date.parse(done.lastUpdatedAt)).toBeGreaterThan(Date.parse(task.createdAt));
    expect(await product.executionsWith(value)).toBe(1);
    // As often as anybody asks, by whatever gateway.
    expect((await client.get(task.taskId)).result).toEqual(done.result);
    const story = await product.story(task.taskId);
    expect(story.indexOf('call.executing executing')).toBeLessThan(story.indexOf('response.recorded answered'));
    expect(story.at(-1)).toBe('approval.closed answered');
  });

  test('lies sealed while it waits, and nowhere in the clear; afterwards it is gone', async () => {
    const client = await taskClient();
    const canary = ['AK', 'IA', unique('').replaceAll('-', '').toUpperCase().slice(0, 16).padEnd(16, 'Z')].join('');
    const value = unique('sealed');
    const args = { ...setting(value), reason: `with ${canary}` };
    const task = await client.start('apply_config', args);
    const { sealed, state } = await rowOf(task.taskId);
    expect(state).toBe('waiting');
    expect(sealed?.length).toBeGreaterThan(JSON.stringify(args).length);
    expect(sealed?.includes(value)).toBe(false);
    const [clear] = await product.query<{ found: string }>(
      `select (select count(*) from countersign.task t where t::text like '%' || $1 || '%')
            + (select count(*) from countersign.approval a where a::text like '%' || $1 || '%')
            + (select count(*) from ledger.entry e where convert_from(e.entry, 'UTF8') like '%' || $1 || '%') as found`,
      [canary],
    );
    expect(Number(clear?.found)).toBe(0);
    await approve(task);
    await client.settled(task.taskId);
    expect(await rowOf(task.taskId)).toMatchObject({ state: 'ended', sealed: null });
    expect(await product.executionsWith(canary)).toBe(1);
  });

  test('is denied as its tool would be: completed, with an error of the tool', async () => {
    const client = await taskClient();
    const value = unique('denied-task');
    const task = await client.start('apply_config', setting(value));
    await product.slack.deny('sre-1', await product.slack.card(task.taskId), 'not during the freeze');
    const done = await client.settled(task.taskId);
    expect(done).toMatchObject({ status: 'completed', result: { isError: true, resultType: 'complete' } });
    expect(outcomeOf(done.result as ToolResult)).toMatchObject({ code: 'denied', reason: 'not during the freeze' });
    expect(await rowOf(task.taskId)).toMatchObject({ state: 'ended', sealed: null });
    expect(await product.story(task.taskId)).toContain('call.closed denied');
    expect(await product.executionsWith(value)).toBe(0);
  });

  test('shares its case with whoever calls the same, in whatever way they wait', async () => {
    const client = await taskClient('ci-deployer', 'ops');
    const value = unique('shared');
    const task = await client.start('apply_config', setting(value));
    const again = await client.start('apply_config', setting(value));
    expect(again.taskId).toBe(task.taskId);
    const legacy = await product.legacyCaller();
    const answer = legacy.call('apply_config', setting(value), { onProgress: () => undefined });
    await product.untilStory(task.taskId, (story) => story.filter((each) => each === 'call.held').length === 3);
    await approve(task);
    expect(JSON.stringify((await answer).content)).toContain(value);
    expect(JSON.stringify((await client.settled(task.taskId)).result)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    expect(await product.slack.cardsOf(task.taskId)).toHaveLength(1);
    await legacy.close();
  });
});

describe('a task that is taken back', () => {
  test('does not run, even when it is approved; calling again makes another one, under the same approval', async () => {
    const client = await taskClient();
    const value = unique('cancelled');
    const task = await client.start('apply_config', setting(value));
    expect(await client.ask('tasks/cancel', task.taskId)).toEqual({ resultType: 'complete' });
    expect(await client.get(task.taskId)).toMatchObject({ status: 'cancelled' });
    expect(await rowOf(task.taskId)).toMatchObject({ state: 'cancelled', sealed: null });
    await approve(task);
    await product.untilStory(task.taskId, (story) => story.includes('approval.decided approve'));
    expect(await product.executionsWith(value)).toBe(0);
    const again = await client.start('apply_config', setting(value));
    expect(again.taskId).toBe(`${task.taskId}.2`);
    expect(JSON.stringify((await client.settled(again.taskId)).result)).toContain(value);
    expect(await client.get(task.taskId)).toMatchObject({ status: 'cancelled' });
    expect(await product.executionsWith(value)).toBe(1);
  });
});

describe('a server whose calls may be held', () => {
  test('is seen to offer tasks, since clients declare only what is offered', async () => {
    const { message } = await (await taskClient()).raw.request('server/discover');
    const { capabilities } = message['result'] as { capabilities: { extensions?: JsonObject } };
    expect(capabilities.extensions?.['io.modelcontextprotocol/tasks']).toEqual({});
  });
});

describe('questions about a task', () => {
  test('are answered to the caller that made it, and to nobody else', async () => {
    const [client, stranger] = await Promise.all([taskClient(), taskClient('ci-reader')]);
    const task = await client.start('apply_config', setting(unique('mine')));
    const unknown = { status: 200, message: { error: { code: -32602 } } };
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
      const params = { taskId: task.taskId, inputResponses: {} };
      expect(await stranger.raw.request(method, params, task.taskId)).toMatchObject(unknown);
    }
    const never = 'apr_00000000-0000-7000-8000-000000000000';
    expect(await client.raw.request('tasks/get', { taskId: never }, never)).toMatchObject(unknown);
    expect(await client.get(task.taskId)).toMatchObject({ status: 'working' });
    const elsewhere = await taskClient('ci-deployer', 'ops');
    expect(await elsewhere.raw.request('tasks/get', { taskId: task.taskId }, task.taskId)).toMatchObject(unknown);
  });

  test('need the extension declared, the task named in the header, and a token', async () => {
    const client = await taskClient();
    const { taskId } = await client.start('apply_config', setting(unique('asked')));
    const undeclared = new ModernClient(product.urlOf('quick'), await product.token('ci-deployer', 'quick'));
    expect(await undeclared.request('tasks/get', { taskId }, taskId)).toMatchObject({
      status: 400,
      message: { error: { code: -32021, data: { requiredCapabilities: { extensions: {} } } } },
    });
    expect(await client.raw.request('tasks/get', { taskId }, 'apr_other')).toMatchObject({
      status: 400,
      message: { error: { code: -32020 } },
    });
    expect(
      (await new TaskClient(product.urlOf('quick'), 'none').raw.request('tasks/get', { taskId }, taskId)).status,
    ).toBe(401);
    expect(await client.ask('tasks/update', taskId, { inputResponses: {} })).toEqual({ resultType: 'complete' });
  });

  test('are in the record with their answers', async () => {
    const client = await taskClient();
    const { taskId } = await client.start('apply_config', setting(unique('recorded')));
    const before = await answersRecorded();
    await client.get(taskId);
    expect(await answersRecorded()).toBe(before + 1);
  });
});

async function answersRecorded(): Promise<number> {
  const [row] = await product.query<{ count: string }>(
    `select count(*) from ledger.entry answer join ledger.entry request using (call_id)
     where request.kind = 'request.received' and answer.kind = 'response.recorded'
       and convert_from(request.entry, 'UTF8') like '%tasks/get%'`,
  );
  return Number(row?.count);
}

describe('a gateway that dies', () => {
  test('before the approval loses no task', async () => {
    const client = await taskClient();
    const value = unique('gateway-restart');
    const task = await client.start('apply_config', setting(value));
    await product.crash('gateway');
    await approve(task);
    const again = await eventually('the gateway answers', () => taskClient());
    expect(JSON.stringify((await again.settled(task.taskId)).result)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    // The dead gateway's open calls are swept, and a task is not among them.
    expect(await product.story(task.taskId)).not.toContain('call.closed pending');
  });

  test('after the approval and before it ran the call leaves it to the next', async () => {
    const client = await taskClient();
    const value = unique('approved-then-killed');
    const task = await client.start('apply_config', setting(value));
    const [pid] = product.world.pids.gateway;
    if (pid === undefined) throw new Error('no gateway runs');
    process.kill(pid, 'SIGSTOP');
    await approve(task);
    await product.untilStory(task.taskId, (story) => story.includes('approval.decided approve'));
    process.kill(pid, 'SIGKILL');
    await product.untilReplaced('gateway', pid);
    const again = await eventually('the gateway answers', () => taskClient());
    expect(JSON.stringify((await again.settled(task.taskId, 90_000)).result)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
  });

  test('while the call runs makes it unknown, and it is not run again', async () => {
    const client = await taskClient();
    const value = unique('unknown-task');
    const task = await client.start('apply_config', setting(value, 20));
    await approve(task);
    await eventually('the call runs', async () => ((await product.executionsWith(value)) === 1 ? true : undefined));
    expect(await client.get(task.taskId)).toMatchObject({ status: 'working', statusMessage: 'Approved and running' });
    expect((await rowOf(task.taskId)).sealed).toBeNull();
    await product.crash('gateway');
    const again = await eventually('the gateway answers', () => taskClient());
    const done = await again.settled(task.taskId, 90_000);
    expect(outcomeCode(done)).toBe('unknown');
    expect(await product.executionsWith(value)).toBe(1);
  });

  test('is not needed for a case to expire, nor for what was sealed to go', async () => {
    const client = await taskClient('ci-deployer', 'brief');
    const value = unique('expired-task');
    const task = await client.start('apply_config', setting(value));
    const [pid] = product.world.pids.gateway;
    if (pid === undefined) throw new Error('no gateway runs');
    process.kill(pid, 'SIGSTOP');
    try {
      await eventually('the task ends', async () => ((await rowOf(task.taskId)).state === 'ended' ? true : undefined));
      expect((await rowOf(task.taskId)).sealed).toBeNull();
      await product.untilStory(task.taskId, (story) => story.includes('call.closed expired'));
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    expect(outcomeCode(await client.settled(task.taskId))).toBe('expired');
    expect(await product.executionsWith(value)).toBe(0);
  });
});

describe('a Temporal that does not answer', () => {
  test('means no task, and a second try makes one', async () => {
    const client = await taskClient();
    const value = unique('no-temporal-task');
    const [pid] = product.world.pids.temporal;
    if (pid === undefined) throw new Error('Temporal does not run');
    process.kill(pid, 'SIGSTOP');
    try {
      const result = await client.raw.callTool('apply_config', setting(value));
      expect(outcomeOf(result)).toMatchObject({ code: 'unavailable', retryable: true });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    const task = await client.start('apply_config', setting(value));
    await approve(task);
    expect(JSON.stringify((await client.settled(task.taskId)).result)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    const left = await product.query('select from countersign.task where approval_id = $1 and sealed is not null', [
      approvalOf(task.taskId),
    ]);
    expect(left).toEqual([]);
  });
});

describe('a policy that became stricter after the call was held', () => {
  test('is the one that counts: what is blocked now does not run, whoever approved it', async () => {
    const path = inject('worldConfig');
    const sound = await readFile(path, 'utf8');
    const client = await taskClient();
    const value = unique('blocked-since');
    const task = await client.start('apply_config', setting(value));
    try {
      const reason = unique('freeze');
      await writeFile(
        path,
        `${sound}\n  - id: freeze\n    match: { connection: quick, tool: apply_config }\n    decision: block\n    reason: ${reason}\n`,
      );
      await eventually('the new policy is in force', async () => {
        const result = await client.raw.callTool('apply_config', setting(unique('probe')));
        return outcomeOf(result)?.reason === reason ? true : undefined;
      });
      await approve(task);
      const done = await client.settled(task.taskId);
      expect(outcomeCode(done)).toBe('blocked');
      expect(JSON.stringify(done.result)).toContain(reason);
      expect(await rowOf(task.taskId)).toMatchObject({ state: 'ended', sealed: null });
      expect(await product.executionsWith(value)).toBe(0);
    } finally {
      await writeFile(path, sound);
    }
    await eventually('the first policy is in force again', async () => {
      const result = await client.raw.callTool('apply_config', setting(unique('probe')));
      return result['resultType'] === 'task' ? true : undefined;
    });
  });
});

describe('a listener', () => {
  test('is told of every change of its tasks, and of the end', async () => {
    const client = await taskClient();
    const value = unique('listened');
    const task = await client.start('apply_config', setting(value));
    const heard = listen(client, { taskIds: [task.taskId, 'apr_00000000-0000-7000-8000-000000000000'] });
    await heard.until((all) => all.some(({ method }) => method === 'notifications/tasks'));
    await approve(task);
    const all = await heard.end;
    expect(all[0]).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: { taskIds: [task.taskId] } },
    });
    const news = all.filter(({ method }) => method === 'notifications/tasks').map(({ params }) => params as TaskView);
    expect(news.map(({ status }) => status)).toEqual(expect.arrayContaining(['working', 'completed']));
    expect(JSON.stringify(news.at(-1)?.result)).toContain(value);
    const subscription = { 'io.modelcontextprotocol/subscriptionId': expect.any(Number) };
    expect(news.every((each) => each['_meta'] !== undefined)).toBe(true);
    expect(all.at(-1)).toMatchObject({ result: { resultType: 'complete', _meta: subscription } });
  });

  test('hears of its tasks on the same stream as of its server', async () => {
    const client = await taskClient();
    const value = unique('both');
    const task = await client.start('apply_config', setting(value));
    const heard = listen(client, { toolsListChanged: true, taskIds: [task.taskId] });
    await heard.until((all) => all.some(({ method }) => method === 'notifications/tasks'));
    expect(heard.all[0]).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: { toolsListChanged: true, taskIds: [task.taskId] } },
    });
    await approve(task);
    await heard.until((all) => all.some(({ params }) => (params as TaskView | undefined)?.status === 'completed'));
    heard.stop();
  });
});

interface Heard {
  readonly all: JsonObject[];
  readonly end: Promise<JsonObject[]>;
  until(accept: (all: readonly JsonObject[]) => boolean): Promise<true>;
  stop(): void;
}

/** Opens a subscription and collects what it says. */
function listen({ raw }: TaskClient, notifications: JsonObject): Heard {
  const all: JsonObject[] = [];
  const stop = new AbortController();
  const read = async (): Promise<JsonObject[]> => {
    const response = await raw.send('subscriptions/listen', { notifications }, undefined, stop.signal);
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    let pending = '';
    for await (const chunk of response.body ?? []) {
      const lines = (pending + Buffer.from(chunk).toString('utf8')).split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('data: ')) all.push(JSON.parse(line.slice(6)) as JsonObject);
    }
    return all;
  };
  let failure: unknown;
  const end = read();
  end.catch((error: unknown) => (failure = error));
  return {
    all,
    end,
    until: (accept) =>
      eventually('the listener hears of it', () => {
        if (accept(all)) return true;
        throw new Error(`heard only ${JSON.stringify(all)}`, { cause: failure });
      }),
    stop: () => stop.abort(),
  };
}
