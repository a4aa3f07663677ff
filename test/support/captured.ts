import { vi } from 'vitest';

export interface Captured {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What a command of the CLI writes, and its exit code. */
export async function captured(command: () => Promise<number>): Promise<Captured> {
  const written = { out: '', err: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((written.out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((written.err += String(text)), true));
  try {
    return { code: await command(), ...written };
  } finally {
    vi.restoreAllMocks();
  }
}
