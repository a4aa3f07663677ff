import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { createEvaluator, createMasker, MaskingFailed } from '../masking/masker.ts';

const help = `countersign mask [--ndjson]

Masks secrets and personal data in text from standard input the way the gateway does.

  --ndjson   read lines {"id","text"}, write lines {"id","masked","hits":[{"entity","rule","offset","length"}]};
             offsets count UTF-16 units of the input and are for evaluation only
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
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk as Uint8Array));
  output.write(createMasker().maskText(Buffer.concat(chunks).toString('utf8')).text);
  return 0;
}

async function maskLines({ input, output, errors }: MaskStreams): Promise<number> {
  const evaluate = createEvaluator();
  let number = 0;
  for await (const written of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (written.trim() === '') continue;
    const parsed = line.safeParse(parse(written));
    if (!parsed.success) {
      errors.write(`countersign mask: line ${number} is not {"id","text"}; write one such object a line.\n`);
      return 2;
    }
    const { id, text } = parsed.data;
    output.write(`${JSON.stringify({ id, ...evaluate(text) })}\n`);
  }
  return 0;
}

function parse(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return undefined;
  }
}
