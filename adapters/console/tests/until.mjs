// Waiting for something to be so, with a limit.
const LIMIT_MS = 20_000;
const LOOK_MS = 50;

/** What a look gives as soon as it is something. */
export async function until(what, look, limit = LIMIT_MS) {
  const end = Date.now() + limit;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${limit} ms`);
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_MS);
    });
  }
}
