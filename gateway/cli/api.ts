import { UsageError } from './verbs.ts';

const urlDefault = 'http://127.0.0.1:7400';
const answerMsMax = 15_000;

/** What every command takes that speaks the API. */
export const apiOptions = {
  json: { type: 'boolean' },
  help: { type: 'boolean' },
  url: { type: 'string' },
} as const;

/** The end of its help. */
export const apiHelp = `  --url URL     the gateway; default: COUNTERSIGN_URL, else http://127.0.0.1:7400
  --json        print the result as JSON
The access token comes from COUNTERSIGN_TOKEN; request it for the resource URL/api/v1.
`;

/** Prints a result as JSON or in words. Returns the exit code of what went well. */
export function printResult(asJson: boolean | undefined, json: unknown, text: string): number {
  process.stdout.write(asJson === true ? `${JSON.stringify(json)}\n` : text);
  return 0;
}

/** The API of one gateway, as the holder of a token. */
export class Api {
  readonly #base: string;
  readonly #token: string | undefined;

  /** `given` is what `--url` says; else COUNTERSIGN_URL counts, else this machine. */
  constructor(given: string | undefined, env: NodeJS.ProcessEnv) {
    const url = given ?? env['COUNTERSIGN_URL'] ?? urlDefault;
    if (!URL.canParse(url)) throw new UsageError('--url is no address; write it like https://mcp.example.com');
    this.#base = `${url.replace(/\/$/, '')}/api/v1/`;
    this.#token = env['COUNTERSIGN_TOKEN'];
  }

  get(path: string): Promise<unknown> {
    return this.#send(path, { method: 'GET' });
  }

  post(path: string, body: unknown): Promise<unknown> {
    return this.#send(path, { method: 'POST', body: JSON.stringify(body) });
  }

  delete(path: string): Promise<unknown> {
    return this.#send(path, { method: 'DELETE' });
  }

  async #send(path: string, init: RequestInit): Promise<unknown> {
    if (this.#token === undefined || this.#token === '') {
      throw new UsageError('COUNTERSIGN_TOKEN is not set; put an access token of an operator there');
    }
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    let response: Response;
    try {
      response = await fetch(this.#base + path, { ...init, headers, signal: AbortSignal.timeout(answerMsMax) });
    } catch (error) {
      throw new Error(`The gateway at ${this.#base} cannot be reached. Check --url.`, { cause: error });
    }
    const answer = (await response.json().catch(() => undefined)) as { detail?: string } | undefined;
    if (response.ok && answer !== undefined) return answer;
    throw new Error(answer?.detail ?? `The gateway answered with status ${response.status}.`);
  }
}
