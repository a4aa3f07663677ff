import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { createEvaluator, MaskingFailed } from '../masking/masker.ts';
import { markerOf } from '../masking/spans.ts';
import { maskStream } from './mask-stream.ts';

const help = `countersign mask [--ndjson]

Masks secrets and personal data in text from standard input the way the gateway does.

  --ndjson   read lines {"id","text"}, write lines {"id","masked","hits":[{"entity","rule","offset","length"}]};
             offsets count UTF-16 units of the input and are for evaluation only; a text that could not be
             masked is withheld whole, and the exit code is then 1
`;

const line = z.object({ id: z.union([z.string(), z.number()]), text: z.string() });

export interface MaskStreams {
  readonly input: Readable;
  readonly output: Writable;
  readonly errors: Writable;
}

/** `countersign mask`. Exit code 0: masked; 1: withheld; 2: called wrongly. */
export async function maskCommand(args: readonly string[], streams: MaskStreams = standardStreams()): Promise<number> {
  if (args.includes('--help')) {
    streams.output.write(help);
    return 0;
  }
  const unknown = args.find((arg) => arg !== '--ndjson');
  if (unknown !== undefined) {
    streams.errors.write(`countersign mask: "${unknown}" is no option. Run "countersign mask --help" for them.\n`);
    return 2;
  }
  try {
    return args.includes('--ndjson') ? await maskLines(streams) : await maskWhole(streams);
  } catch (error) {
    if (!(error instanceof MaskingFailed)) throw error;
    streams.errors.write(`countersign mask: ${error.message}\n`);
    return 1;
  }
}

function standardStreams(): MaskStreams {
  return { input: process.stdin, output: process.stdout, errors: process.stderr };
}

async function maskWhole({ input, output }: MaskStreams): Promise<number> {
  for await (const masked of maskStream(input, createEvaluator())) await write(output, masked);
  return 0;
}

async function maskLines({ input, output, errors }: MaskStreams): Promise<number> {
  const evaluate = createEvaluator();
  let number = 0;
  let exitCode = 0;
  for await (const written of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (written.trim() === '') continue;
    const parsed = line.safeParse(parse(written));
    if (!parsed.success) {
      errors.write(`countersign mask: line ${number} is not {"id","text"}; write one such object a line.\n`);
      return 2;
    }
    const { id, text } = parsed.data;
    try {
      await write(output, `${JSON.stringify({ id, ...evaluate(text) })}\n`);
    } catch (error) {
      if (!(error instanceof MaskingFailed)) throw error;
      errors.write(`countersign mask: line ${number} is withheld. ${error.message}\n`);
      await write(output, `${JSON.stringify({ id, ...withheld(text) })}\n`);
      exitCode = 1;
    }
  }
  return exitCode;
}

function withheld(text: string): ReturnType<ReturnType<typeof createEvaluator>> {
  const hit = { entity: 'withheld', rule: 'masking_failed', offset: 0, length: text.length };
  return { masked: markerOf(hit.entity), hits: [hit] };
}

/** Waits while the reader is slower. */
async function write(output: Writable, text: string): Promise<void> {
  if (!output.write(text)) await once(output, 'drain');
}

function parse(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return undefined;
  }
}
