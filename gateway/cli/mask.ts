import { createInterface } from 'node:readline';
import { text as readAll } from 'node:stream/consumers';
import { createDetector, type Detector } from '../masking/detector.ts';
import { createMasker } from '../masking/masker.ts';
import { markerOf } from '../masking/spans.ts';

const help = `countersign mask [--ndjson]

Masks what comes on standard input by the rules of the gateway, and prints it.

  --ndjson   each line is {"id","text"}; prints {"id","masked","hits":[{"entity","rule","offset","length"}]} with
             offsets in the input, in UTF-16 units. For evaluation only: a gateway never says where secrets stood.
`;

interface Line {
  readonly id: unknown;
  readonly text: string;
}

/** `countersign mask`. Exit code 0: masked; 1: a line was not of the form; 2: called wrongly. */
export async function maskCommand(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(help);
    return 0;
  }
  const unknown = args.find((arg) => arg !== '--ndjson');
  if (unknown !== undefined) {
    process.stderr.write(`countersign mask: there is no option "${unknown}". See countersign mask --help.\n`);
    return 2;
  }
  if (args.includes('--ndjson')) return maskLines(createDetector([]));
  process.stdout.write(createMasker().maskText(await readAll(process.stdin)).text);
  return 0;
}

async function maskLines(detector: Detector): Promise<number> {
  let number = 0;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    number += 1;
    if (line.trim() === '') continue;
    const parsed = parse(line);
    if (parsed === undefined) {
      process.stderr.write(`countersign mask: line ${number} is not {"id","text"}. Write one JSON object a line.\n`);
      return 1;
    }
    process.stdout.write(`${JSON.stringify(report(detector, parsed))}\n`);
  }
  return 0;
}

function parse(line: string): Line | undefined {
  try {
    const value = JSON.parse(line) as { id?: unknown; text?: unknown } | null;
    return typeof value?.text === 'string' ? { id: value.id ?? null, text: value.text } : undefined;
  } catch {
    return undefined;
  }
}

function report(detector: Detector, { id, text }: Line) {
  const spans = detector.detect(text);
  let masked = '';
  let done = 0;
  for (const { start, end, entity } of spans) {
    masked += text.slice(done, start) + markerOf(entity);
    done = end;
  }
  const hits = spans.map(({ entity, rule, start, end }) => ({ entity, rule, offset: start, length: end - start }));
  return { id, masked: masked + text.slice(done), hits };
}
