import { setTimeout as sleep } from 'node:timers/promises';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { OUTCOME_META_KEY } from '../../workflows/contract/call.ts';
import { fetchAccessToken } from './access-token.ts';
import type { WorldFile } from './world-file.ts';

export const SAMPLE_CALLER = 'ci-deployer';
const SAMPLE_TOOL = 'apply_config';
const sampleArguments = {
  service: 'payments',
  key: 'checkout.max_amount',
  value: '7500',
  reason: 'Raise the limit for the sale on Friday',
} as const;

const callMsMax = 24 * 60 * 60_000;
const againMs = 2_000;
const cardMsMax = 20_000;
const lookMs = 250;

export interface SampleOutcome {
  /** `answered`, or the outcome's code. */
  readonly code: string;
  readonly text: string;
}

/**
 * Places one high-risk call and waits for its end: whatever breaks on the way, a gateway that restarts or a token that
 * runs out, the same call is made again and joins the open case. Resolves undefined when `signal` aborts.
 */
export async function placeSampleCall(world: () => WorldFile, signal: AbortSignal): Promise<SampleOutcome | undefined> {
  while (!signal.aborted) {
    try {
      const outcome = await callOnce(world(), signal);
      if (outcome.code !== 'pending') return outcome;
    } catch (error) {
      if (!signal.aborted && isFinal(error)) throw error;
    }
    await sleep(againMs, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

/** Waits until the call's card stands in the Slack stand-in. */
export async function untilCardStands(world: WorldFile, signal: AbortSignal): Promise<boolean> {
  const url = `${world.slackSim.url}/_sim/messages?channel=${encodeURIComponent(world.slackSim.channel)}`;
  for (let waited = 0; waited < cardMsMax && !signal.aborted; waited += lookMs) {
    const messages = await fetch(url)
      .then(async (response) => await response.text())
      .catch(() => '');
    if (messages.includes('"approve"')) return true;
    await sleep(lookMs);
  }
  return false;
}

async function callOnce(world: WorldFile, signal: AbortSignal): Promise<SampleOutcome> {
  const token = await fetchAccessToken(world, SAMPLE_CALLER, 'ops');
  const client = new Client({ name: 'countersign-sample', version: '1.0.0' });
  const transport = new StreamableHTTPClientTransport(new URL(world.connections['ops'] ?? ''), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  try {
    await client.connect(transport);
    const result = await client.callTool(
      { name: SAMPLE_TOOL, arguments: { ...sampleArguments } },
      // Asking for progress lets the gateway hold the stream while people decide.
      { timeout: callMsMax, signal, onprogress: () => undefined, resetTimeoutOnProgress: true },
    );
    const { _meta: meta, content } = result;
    const outcome = meta?.[OUTCOME_META_KEY] as { code?: string } | undefined;
    const text = content.map((block) => (block.type === 'text' ? block.text : `[${block.type}]`)).join(' ');
    return { code: outcome?.code ?? 'answered', text };
  } finally {
    await client.close().catch(() => undefined);
  }
}

/** A refused token request will be refused again; everything else may heal. */
function isFinal(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('The issuer gave no token');
}
