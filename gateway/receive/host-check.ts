import { localhostAllowedHostnames, validateHostHeader, validateOriginHeader } from '@modelcontextprotocol/server';
import type { CallerHeaders } from '../call.ts';
import { GatewayError } from '../errors.ts';

/**
 * Refuses a request that - names another host than this gateway's - comes from a page of another origin.
 * The upstream sees a rewritten Host, so this check cannot be left to it (MCP 2025-11-25, transports, security warning).
 */
export function checkHostAndOrigin(headers: CallerHeaders, publicUrl: URL, loopback: boolean): void {
  const hostnames = loopback ? [publicUrl.hostname, ...localhostAllowedHostnames()] : [publicUrl.hostname];
  if (!validateHostHeader(single(headers['host']), hostnames).ok) throw new GatewayError('HOST_REFUSED');
  if (!validateOriginHeader(single(headers['origin']), hostnames).ok) throw new GatewayError('ORIGIN_REFUSED');
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value;
}
