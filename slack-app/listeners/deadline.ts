class DeadlineMissed extends Error {
  override readonly name = 'DeadlineMissed';
}

/** Settles as `work` does, or throws {@link DeadlineMissed} after `ms`. The work itself is not stopped. */
export async function withinDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const missed = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeadlineMissed(`Nothing came within ${ms} ms.`)), ms);
  });
  try {
    return await Promise.race([work, missed]);
  } finally {
    clearTimeout(timer);
  }
}
