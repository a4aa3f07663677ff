import type { IncomingHttpHeaders } from 'node:http';
import { verifySlackRequest } from '@slack/bolt';

/** A request may be this much older or younger than our clock, in seconds. */
const clockDifferenceSecondsMax = 300;

const signatureHeader = /^v0=[0-9a-f]{64}$/;
const timestampHeader = /^[0-9]{1,12}$/;

/**
 * PURE. True when Slack sent these bytes just now. Refuses a request that - lacks a header or has a malformed one
 * - is stamped more than five minutes away in either direction (Bolt looks at the past only) - has another signature.
 */
export function isFromSlack(headers: IncomingHttpHeaders, body: Buffer, signingSecret: string, now: Date): boolean {
  const signature = headers['x-slack-signature'];
  const timestamp = headers['x-slack-request-timestamp'];
  if (typeof signature !== 'string' || !signatureHeader.test(signature)) return false;
  if (typeof timestamp !== 'string' || !timestampHeader.test(timestamp)) return false;
  const differenceSeconds = Math.abs(now.getTime() / 1_000 - Number(timestamp));
  if (differenceSeconds > clockDifferenceSecondsMax) return false;
  try {
    verifySlackRequest({
      signingSecret,
      body: body.toString('utf8'),
      headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': Number(timestamp) },
      nowMilliseconds: now.getTime(),
    });
    return true;
  } catch {
    return false;
  }
}
