import { UsageError } from './verbs.ts';

const urlDefault = 'http://127.0.0.1:7400';
const answerMsMax = 15_000;

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
