import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bodyBytesMax } from '../../../../slack-app/receiver/fastify-receiver.ts';
import { pointOf, writeButtonValue } from '../../../../slack-app/render/button-value.ts';
import { viewWith } from '../fixtures.ts';
import { clickPayload, deliver, interactive, startSlackWorld, type SlackWorld } from '../slack-world.ts';

const approveClick = interactive(clickPayload('approve', writeButtonValue(pointOf(viewWith()))));

describe('the receiver', () => {
  let world: SlackWorld;
  beforeEach(async () => {
    world = await startSlackWorld();
  });
  afterEach(() => world.stop());

  it('takes a request that Slack has just signed', async () => {
    expect(await deliver(world, approveClick)).toMatchObject({ status: 200 });
    expect(world.cases.decisions).toHaveLength(1);
  });

  it.each([
    ['stamped 301 seconds ago', { stampedLaterBy: -301 }],
    ['stamped 301 seconds ahead, which Bolt alone would accept', { stampedLaterBy: 301 }],
    ['stamped six hours ahead', { stampedLaterBy: 21_600 }],
    ['signed with another secret', { secret: 'another' }],
    ['changed after it was signed', { tamper: (body: string) => body.replace('U0SRE1', 'U0SRE2') }],
  ])('refuses a request %s', async (_what, delivery) => {
    expect(await deliver(world, approveClick, delivery)).toMatchObject({ status: 401 });
    expect(world.cases.decisions).toHaveLength(0);
  });

  it.each([-299, 299])('allows clocks to differ by %i seconds', async (stampedLaterBy) => {
    expect(await deliver(world, approveClick, { stampedLaterBy })).toMatchObject({ status: 200 });
  });

  it('refuses a request without the two headers', async () => {
    const response = await world.server.inject({ method: 'POST', url: '/slack/events', payload: approveClick });
    expect(response.statusCode).toBe(401);
  });

  it('answers 400 to a form with a charset suffix: Bolt compares the type exactly, and Slack never sends one', async () => {
    const contentType = 'application/x-www-form-urlencoded;charset=UTF-8';
    expect(await deliver(world, approveClick, { contentType })).toMatchObject({ status: 400 });
    expect(world.cases.decisions).toHaveLength(0);
  });

  it.each(['payload=[]', 'payload=%7B'])('answers 400 to a signed body that is no payload: %s', async (body) => {
    expect(await deliver(world, body)).toMatchObject({ status: 400 });
  });

  it('answers 413 to a body above its limit', async () => {
    expect(await deliver(world, 'x'.repeat(bodyBytesMax + 1))).toMatchObject({ status: 413 });
  });

  it('answers Slack’s challenge, signed only', async () => {
    const body = JSON.stringify({ type: 'url_verification', challenge: 'c1' });
    const contentType = 'application/json';
    expect(await deliver(world, body, { contentType })).toEqual({ status: 200, body: '{"challenge":"c1"}' });
    expect(await deliver(world, body, { contentType, secret: 'another' })).toMatchObject({ status: 401 });
  });

  it('answers an unsigned ssl_check, and looks at nothing that is smuggled in beside it', async () => {
    const smuggled = `ssl_check=1&${approveClick}`;
    expect(await deliver(world, smuggled, { secret: 'another' })).toEqual({ status: 200, body: '' });
    expect(await deliver(world, `ssl_check=true&${approveClick}`, { secret: 'another' })).toMatchObject({
      status: 401,
    });
    expect(world.cases.decisions).toHaveLength(0);
  });

  it('leaves the body parsers of sibling routes alone', async () => {
    const response = await world.server.inject({ method: 'POST', url: '/mcp', payload: { a: 1 } });
    expect(response.json()).toEqual({ seen: { a: 1 } });
  });

  it('ends at once what no listener acknowledged', async () => {
    expect(await deliver(world, interactive(clickPayload('unheard-of', 'x')))).toMatchObject({ status: 503 });
  });
});
