// The one live stream of the page. It resumes where it was, rests while nobody looks, and is replaced by asking every few
// seconds where the service has no such route.
import { signal } from '@preact/signals';
import { address, problemOf, Refused } from '../api/request';
import { receive } from './receiving';
import { messages } from './sse';
import { changed, type Topic } from './topics';

export type Connection = 'connecting' | 'live' | 'polling' | 'paused' | 'offline';

const POLL_MS = 3_000;
/** How long after polling began the stream is tried again. */
const RETRY_LIVE_MS = 60_000;
const BACKOFF_MAX_MS = 10_000;

export const connection = signal<Connection>('connecting');

const watched = new Map<Topic, number>();
let lastEventId = '';
let failures = 0;
let stop = new AbortController();
let open = '';
let scheduled = false;

/** Takes part in the stream for these topics until the answer is called. */
export function watch(topics: readonly Topic[]): () => void {
  for (const topic of topics) watched.set(topic, (watched.get(topic) ?? 0) + 1);
  schedule();
  return () => {
    for (const topic of topics) watched.set(topic, (watched.get(topic) ?? 1) - 1);
    schedule();
  };
}

document.addEventListener('visibilitychange', schedule);

/** Screens come and go in one turn: what they watch is looked at once, afterwards. */
function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  setTimeout(() => {
    scheduled = false;
    const next = document.hidden
      ? ''
      : [...watched]
          .filter(([, count]) => count > 0)
          .map(([topic]) => topic)
          .sort()
          .join();
    if (next !== open) reopen(next);
  });
}

function reopen(topics: string): void {
  const rested = connection.value === 'paused';
  stop.abort();
  stop = new AbortController();
  open = topics;
  if (!topics) {
    if (document.hidden) connection.value = 'paused';
    return;
  }
  if (rested) everythingChanged();
  if (connection.value !== 'polling' && connection.value !== 'live') connection.value = 'connecting';
  void follow(topics, stop.signal);
}

async function follow(topics: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const outcome = await listen(topics, signal).catch((error: unknown) => error);
    if (signal.aborted) return;
    if (outcome instanceof Refused && outcome.problem.status >= 400 && outcome.problem.status < 500) {
      lastEventId = '';
      await poll(signal, outcome.isAbsent ? RETRY_LIVE_MS : POLL_MS);
    } else {
      connection.value = 'offline';
      failures += 1;
      await pause(Math.min(500 * 2 ** failures, BACKOFF_MAX_MS), signal);
    }
  }
}

async function listen(topics: string, signal: AbortSignal): Promise<void> {
  const headers: Record<string, string> = { accept: 'text/event-stream' };
  if (lastEventId) headers['last-event-id'] = lastEventId;
  const answer = await fetch(address('/v1/live', { topics }), { headers, signal, cache: 'no-store' });
  if (!answer.ok || !answer.body) throw new Refused(await problemOf(answer));
  const returned = connection.value !== 'live';
  connection.value = 'live';
  failures = 0;
  if (returned) everythingChanged();
  for await (const message of messages(answer.body)) {
    if (signal.aborted) return;
    if (message.id) lastEventId = message.id;
    receive(message.event, message.data);
  }
}

/** Lets everything be asked for again, until it is time to try the stream. */
async function poll(signal: AbortSignal, for_ms: number): Promise<void> {
  connection.value = 'polling';
  const end = Date.now() + for_ms;
  while (!signal.aborted && Date.now() < end) {
    await pause(POLL_MS, signal);
    if (!signal.aborted) everythingChanged();
  }
}

function everythingChanged(): void {
  for (const [topic, count] of watched) if (count > 0) changed(topic);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
