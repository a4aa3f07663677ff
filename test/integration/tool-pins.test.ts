import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../gateway/config/config.ts';
import { createMasker } from '../../gateway/masking/masker.ts';
import { ScreeningFailed } from '../../gateway/screen/screening-failed.ts';
import { ToolPins } from '../../gateway/screen/pins/tool-pins.ts';
import { ToolSightings, type OfferedTool } from '../../gateway/screen/pins/tool-sightings.ts';
import { acceptanceGuard, loadStates } from '../../gateway/screen/pins/tool-states.ts';
import type { ToolAlarm } from '../../workflows/contract/tool-alarm.ts';
import { LedgerUnavailable, type Ledger } from '../../workflows/evidence/ledger.ts';
import { eventually } from '../support/eventually.ts';
import { createLedgerWorld, type LedgerWorld } from '../support/ledger-world.ts';
import { unique } from '../support/product.ts';

let world: LedgerWorld;
let ledger: Ledger;
beforeAll(async () => {
  world = await createLedgerWorld();
  ledger = await world.open();
});
afterAll(() => world.close());

/** One gateway, as far as pins are concerned, with a clock of its own. */
function gateway(changes: { ledger?: Pick<Ledger, 'append'>; alarm?: (alarm: ToolAlarm) => Promise<void> } = {}) {
  const clock = { ms: Date.UTC(2026, 0, 1) };
  const now = (): Date => new Date(clock.ms);
  const alarms: ToolAlarm[] = [];
  const pins = new ToolPins({ pool: world.pool, now });
  const sightings = new ToolSightings({
    pool: world.pool,
    pins,
    ledger: changes.ledger ?? ledger,
    masker: createMasker(),
    config: () => ({ policy: { defaultApproval: undefined } }) as unknown as Config,
    now,
    raiseAlarm: async (alarm) => {
      alarms.push(alarm);
      await changes.alarm?.(alarm);
    },
    log: pino({ enabled: false }),
  });
  const see = (connection: string, ...tools: (readonly [name: string, description: string])[]) =>
    observe(
      connection,
      tools.map(([name, description]) => offer(name, description)),
    );
  const observe = (connection: string, offered: readonly OfferedTool[]) => {
    const page = `[${offered.map(({ text }) => text).join()}]`;
    const witness = { connection, callId: 'call_1', sessionId: 'ses_1', principal: 'i#s' };
    return sightings.observe(witness, page, () => offered);
  };
  const pin = async (connection: string, name: string) => (await pins.again(connection)).pins.get(name);
  return { pins, alarms, see, observe, pin, pass: (ms: number) => (clock.ms += ms) };
}

function offer(name: string, description: string): OfferedTool {
  const definition = { name, description };
  return { name, definition, text: JSON.stringify(definition) };
}

async function story(connection: string): Promise<string[]> {
  const { rows } = await world.pool.query<{ kind: string; tool: string; outcome: string }>(
    `select kind, tool, outcome from ledger.entry where connection = $1 order by seq`,
    [connection],
  );
  return rows.map(({ kind, tool, outcome }) => `${kind} ${tool} ${outcome}`);
}

describe('tools', () => {
  test('are known with what their server says of them, by the definition last seen', async () => {
    const connection = unique('hints');
    const { pins, pin, observe } = gateway();
    const offered = (name: string, annotations: object): OfferedTool => {
      const definition = { name, annotations };
      return { name, definition, text: JSON.stringify(definition) };
    };
    await observe(connection, [offered('a', { readOnlyHint: true, title: 'x' }), offered('b', {})]);
    expect(await pin(connection, 'a')).toMatchObject({ accepted: true, hints: { readOnlyHint: true } });
    expect((await pin(connection, 'b'))?.hints).toEqual({});
    await observe(connection, [offered('a', { destructiveHint: true }), offered('b', {})]);
    expect(await pin(connection, 'a')).toMatchObject({ accepted: false, hints: { destructiveHint: true } });
    expect((await pins.of(connection)).pins.get('b')?.hints).toEqual({});
  });

  test('that two gateways see at the same time are recorded once, and both know them', async () => {
    const connection = unique('race');
    const gateways = [gateway(), gateway(), gateway()];
    await Promise.all(
      gateways.flatMap(({ see }) => [see(connection, ['a', '1'], ['b', '1']), see(connection, ['a', '1'])]),
    );
    expect((await story(connection)).toSorted()).toEqual(['tool.seen a first_sight', 'tool.seen b first_sight']);
    for (const { pin } of gateways) expect(await pin(connection, 'a')).toMatchObject({ accepted: true });
  });

  test('that two gateways see differently are one first sight and one change, whoever is first', async () => {
    const connection = unique('differ');
    await Promise.all([gateway().see(connection, ['a', '1']), gateway().see(connection, ['a', '2'])]);
    expect(await story(connection)).toEqual(['tool.seen a first_sight', 'tool.changed a pending']);
  });

  test('are read from the database once a second at most, by what is known of their pages', async () => {
    const connection = unique('cache');
    const one = gateway();
    const other = gateway();
    await one.see(connection, ['a', '1']);
    await other.see(connection, ['a', '1']);
    await one.see(connection, ['a', '2']);
    expect((await other.pins.of(connection)).pins.get('a')).toMatchObject({ accepted: true });
    other.pass(999);
    expect((await other.pins.of(connection)).pins.get('a')).toMatchObject({ accepted: true });
    other.pass(1);
    expect((await other.pins.of(connection)).pins.get('a')).toMatchObject({ accepted: false });
  });

  test('are read again when they have changed, and not because others have', async () => {
    const { pins, see, pass } = gateway();
    const names = Array.from({ length: 20 }, () => unique('many'));
    for (const name of names) await see(name, ['a', '1']);
    const asked: string[] = [];
    const query = world.pool.query.bind(world.pool);
    const counted = ((statement: { name?: string }, ...more: unknown[]) => {
      asked.push(statement.name ?? '');
      return (query as (...given: unknown[]) => unknown)(statement, ...more);
    }) as typeof world.pool.query;
    const all = async () => {
      asked.length = 0;
      pass(1_001);
      return Promise.all(names.map(async (name) => (await pins.of(name)).pins.get('a')?.accepted));
    };
    world.pool.query = counted;
    try {
      await all();
      expect(await all()).toEqual(names.map(() => true));
      expect(asked).toEqual(['load-tool-changes']);
      await gateway().see(names[7] ?? '', ['a', '2']);
      expect(await all()).toEqual(names.map((_, n) => n !== 7));
      expect(asked.filter((name) => name === 'load-tool-definitions')).toHaveLength(1);
    } finally {
      world.pool.query = query;
    }
  });

  test('keep what they promise of results and headers, in the definition last seen', async () => {
    const connection = unique('schemas');
    const { pins, see, pin } = gateway();
    const definition = {
      name: 'a',
      inputSchema: { properties: { x: { type: 'string', 'x-mcp-header': 'X' } } },
      outputSchema: { type: 'object' },
    };
    const offered = [{ name: 'a', definition, text: JSON.stringify(definition) }];
    const witness = { connection, callId: 'c', sessionId: 's', principal: 'p' };
    const { pool } = world;
    const sightings = new ToolSightings({
      pool,
      pins,
      ledger,
      masker: createMasker(),
      config: () => ({ policy: {} }) as Config,
      now: () => new Date(),
      raiseAlarm: () => Promise.resolve(),
      log: pino({ enabled: false }),
    });
    await sightings.observe(witness, 'page', () => offered);
    expect(pins.outputSchemaOf(connection, 'a')).toEqual({ type: 'object' });
    expect(pins.paramHeadersOf(connection, 'a')).toMatchObject([{ header: 'mcp-param-x', path: ['x'] }]);
    await see(connection, ['a', 'without schemas']);
    await pin(connection, 'a');
    expect(pins.outputSchemaOf(connection, 'a')).toBeUndefined();
    expect(pins.paramHeadersOf(connection, 'a')).toEqual([]);
  });

  test('of which a server shows two under one name are taken by the one nobody accepted', async () => {
    for (const order of [
      ['1', '2'],
      ['2', '1'],
    ]) {
      const connection = unique('two');
      const { see, pin } = gateway();
      await see(connection, ['a', '1']);
      await see(connection, ...order.map((text) => ['a', text] as const));
      expect(await pin(connection, 'a')).toMatchObject({ accepted: false });
    }
  });

  test('that cannot be kept are not to be shown, and the others are', async () => {
    const connection = unique('unpinnable');
    const { see } = gateway();
    const long = 'n'.repeat(257);
    const huge = 'x'.repeat(300 * 1024);
    const unshowable = await see(
      connection,
      ['a', '1'],
      [long, '1'],
      ['a\0b', '1'],
      ['', '1'],
      ['\ud800', '1'],
      ['h', huge],
    );
    expect([...unshowable].toSorted()).toEqual(['', 'a\0b', 'h', long, '\ud800'].toSorted());
    expect(await story(connection)).toEqual(['tool.seen a first_sight']);
    const many = Array.from({ length: 2_100 }, (_, index) => [`t${index}`, '1'] as const);
    const beyond = await see(connection, ...many);
    expect(beyond.size).toBe(101);
    expect((await loadStates(world.pool, connection, { after: '', limit: 10_000 })).length).toBe(2_000);
  });
});

describe('a change', () => {
  test('waits for acceptance of that very definition, and comes back pending when it returns', async () => {
    const connection = unique('accept');
    const { see, pin } = gateway();
    for (const text of ['1', '2', '3', '1', '2']) await see(connection, ['a', text]);
    const pending = await pin(connection, 'a');
    expect(pending?.accepted).toBe(false);
    const guard = {
      connection,
      tool: 'a',
      digest: pending?.digest ?? '',
      principal: 'p',
      note: undefined,
      at: new Date(),
    };
    const entry = { kind: 'tool.accepted', connection, tool: 'a', outcome: 'accepted', facts: {} } as const;
    await ledger.append([entry], acceptanceGuard(guard));
    await expect(ledger.append([entry], acceptanceGuard(guard))).rejects.toThrow('guard');
    expect(await pin(connection, 'a')).toMatchObject({ accepted: true });
    await see(connection, ['a', '3']);
    expect(await pin(connection, 'a')).toMatchObject({ accepted: false });
    expect(await story(connection)).toEqual([
      'tool.seen a first_sight',
      'tool.changed a pending',
      'tool.changed a pending',
      'tool.seen a accepted',
      'tool.seen a pending',
      'tool.accepted a accepted',
      'tool.seen a pending',
    ]);
  });

  test('is kept masked, with its body in the ledger', async () => {
    const connection = unique('masked');
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    const { see } = gateway();
    await see(connection, ['a', `Use ${secret}`]);
    const [state] = await loadStates(world.pool, connection, { tool: 'a' });
    expect(state?.definitions[0]?.definition).not.toContain(secret);
    const { rows } = await world.pool.query<{ commitment: Buffer }>(
      'select commitment from ledger.entry where connection = $1',
      [connection],
    );
    const body = await ledger.readBody(rows[0]?.commitment.toString('hex') ?? '');
    expect(body?.toString()).toBe(state?.definitions[0]?.definition);
  });

  test('is forgotten when twenty others have come after it, unless it was accepted', async () => {
    const connection = unique('many');
    const { see, pass, pin } = gateway();
    for (let index = 0; index < 30; index += 1) {
      pass(10);
      await see(connection, ['a', String(index)]);
    }
    const [state] = await loadStates(world.pool, connection, { tool: 'a' });
    expect(state?.definitions).toHaveLength(21);
    expect(state?.definitions.at(-1)?.state).toBe('accepted');
    await see(connection, ['a', '0']);
    expect(await pin(connection, 'a')).toMatchObject({ accepted: true });
  });

  test('is alarmed once, and again later when nobody took the alarm', async () => {
    const connection = unique('alarm');
    let broken = true;
    const { see, alarms, pass } = gateway({
      alarm: () => (broken ? Promise.reject(new Error('away')) : Promise.resolve()),
    });
    await see(connection, ['a', '1']);
    await see(connection, ['a', '2']);
    await eventually('the alarm is tried', () => (alarms.length === 1 ? true : undefined));
    expect(alarms[0]).toMatchObject({ connection, tool: 'a', changed: ['description'], callsAre: 'blocked' });
    await see(connection, ['a', '2']);
    expect(alarms).toHaveLength(1);
    broken = false;
    pass(30_000);
    await see(connection, ['a', '2']);
    await eventually('the alarm is tried again', () => (alarms.length === 2 ? true : undefined));
    await eventually('it is taken', async () => {
      const { rows } = await world.pool.query(
        'select from countersign.tool_definition where connection = $1 and alarmed_at is not null',
        [connection],
      );
      return rows.length === 1 ? true : undefined;
    });
    pass(30_000);
    await see(connection, ['a', '2']);
    expect(alarms).toHaveLength(2);
  });
});

test('nothing is shown that cannot be recorded', async () => {
  const connection = unique('unrecorded');
  const away = { append: () => Promise.reject(new LedgerUnavailable('away')) };
  await expect(gateway({ ledger: away }).see(connection, ['a', '1'])).rejects.toThrow(ScreeningFailed);
  expect(await loadStates(world.pool, connection, { tool: 'a' })).toEqual([]);
});
