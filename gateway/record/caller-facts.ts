import type { Caller, Json } from '../../workflows/contract/call.ts';

/** Who acts for a caller and through which client, where the token says so; the entry itself names the principal. */
export function callerFacts({ actors, client }: Caller): Readonly<Record<string, Json>> {
  return { ...(actors.length === 0 ? {} : { actors }), ...(client === undefined ? {} : { client }) };
}
