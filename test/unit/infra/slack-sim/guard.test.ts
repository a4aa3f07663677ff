import { afterEach, beforeEach, expect, it } from 'vitest';
import { SimWorld } from './sim-world.ts';

let world: SimWorld;
beforeEach(async () => {
  world = await SimWorld.start();
});
afterEach(() => world.stop());

const json = 'application/json';
const post = async (headers: Record<string, string>) =>
  (await world.sim.inject({ method: 'POST', url: '/_sim/reset', headers, payload: '{}' })).statusCode;

it('the page of another site cannot click here', async () => {
  expect(await post({ host: '127.0.0.1:7420', 'content-type': json, origin: 'https://evil.example' })).toBe(403);
  expect(await post({ host: '127.0.0.1:7420', 'content-type': json, origin: 'null' })).toBe(403);
  expect(await post({ host: '127.0.0.1:7420', 'content-type': 'text/plain' })).toBe(415);
});

it('a name that was rebound to this machine is refused', async () => {
  expect(await post({ host: 'evil.example', 'content-type': json })).toBe(403);
  expect((await world.sim.inject({ url: '/', headers: { host: 'evil.example' } })).statusCode).toBe(403);
});

it('the own page can', async () => {
  const own = { host: 'localhost:7420', 'content-type': json, origin: 'http://localhost:7420' };
  expect(await post(own)).toBe(200);
});

it('the page allows no script but its own, and says what it is', async () => {
  const page = await world.sim.inject({ url: '/', headers: { host: '127.0.0.1' } });
  expect(page.body).toContain('LOCAL SLACK STAND-IN — not Slack');
  expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
  expect(page.body).not.toMatch(/<script(?! type="module" src=)|style=|\son\w+=/);
});

it('every file the page names is served', async () => {
  const page = await world.sim.inject({ url: '/', headers: { host: '127.0.0.1' } });
  const scripts = await Promise.all(
    ['page', 'api', 'blocks', 'channel', 'dialogs', 'element', 'inputs', 'side'].map((name) =>
      fetchText(`/page/${name}.js`),
    ),
  );
  const named = [page.body, ...scripts].flatMap((text) => [...text.matchAll(/(?:"\/page\/|'\.\/)([\w.-]+)["']/g)]);
  expect(named.length).toBeGreaterThan(10);
  for (const [, name] of named) await fetchText(`/page/${name}`);
});

async function fetchText(url: string): Promise<string> {
  const response = await world.sim.inject({ url, headers: { host: '127.0.0.1' } });
  expect(response.statusCode, url).toBe(200);
  return response.body;
}
