import type { MatchFile } from '../../config/rule-schema.ts';
import type { Matcher } from './matcher.ts';

/** `delegated`: whether somebody acts for the caller (`act`, RFC 8693 section 4.1), be it a person or an agent. */
export function delegationMatchers({ delegated }: MatchFile): Matcher[] {
  if (delegated === undefined) return [];
  return [
    {
      name: 'delegated',
      needsCall: false,
      fits: ({ caller }) => caller.actors.length > 0 === delegated,
      says: ({ caller }) => `${caller.actors.length > 0 ? 'somebody' : 'nobody'} acts for the caller`,
    },
  ];
}
