/**
 * Health check of a container, whose image has neither curl nor wget: `node dist/infra/docker/healthy.js URL`.
 * Fails when nothing answers or the answer is a 5xx. A refusal counts as health: the protocol's reference server has
 * no probe of its own and refuses a bare GET.
 */
const url = process.argv[2];
if (url === undefined) throw new Error('Say what to ask: node dist/infra/docker/healthy.js URL');
const answerMsMax = 4_000;
const { status } = await fetch(url, { signal: AbortSignal.timeout(answerMsMax) });
if (status >= 500) throw new Error(`${url} answers ${String(status)}`);
