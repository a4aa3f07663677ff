import type { MatchFile } from '../../config/rule-schema.ts';
import type { Matcher } from './matcher.ts';

/** `purpose`: why somebody wants a call. What a call does not say fits no code; ask for it with `purpose: required`. */
export function purposeMatchers({ purpose: file }: MatchFile): Matcher[] {
  if (file === undefined) return [];
  const { codes, given } = file;
  return [
    {
      name: 'purpose',
      needsCall: true,
      fits: ({ purpose }) => {
        if (given !== undefined && given !== (purpose !== undefined)) return false;
        return codes === undefined || (purpose?.code !== undefined && codes.includes(purpose.code));
      },
      says: ({ purpose }) => {
        if (purpose === undefined) return 'the call does not say why';
        return purpose.code === undefined ? 'the purpose has no code' : `the purpose is ${purpose.code}`;
      },
    },
  ];
}
