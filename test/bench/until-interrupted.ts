/**
 * What `work` comes to, unless whoever started the bench stops it: then it throws at once, so that what is cleaned up
 * after the work is cleaned up, and no server outlives its bench.
 */
export async function untilInterrupted<T>(work: Promise<T>): Promise<T> {
  const interrupted = new Promise<never>((_resolve, reject) => {
    for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) {
      process.once(event, () => reject(new Error('interrupted')));
    }
  });
  return Promise.race([work, interrupted]);
}
