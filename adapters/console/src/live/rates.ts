// How many events of each type came in the last seconds.
import { signal } from '@preact/signals';
import type { EventNote } from '../api/types';

const WINDOW_MS = 10_000;

let arrivals: { type: string; ms: number }[] = [];

/** Events for each second, by type; types that did not come are left out. */
export const rates = signal<ReadonlyMap<string, number>>(new Map());

export function arrived(events: readonly EventNote[]): void {
  const ms = performance.now();
  arrivals.push(...events.map(({ type }) => ({ type, ms })));
  count();
}

/** Lets what is too old drop out of the rates. */
export function count(): void {
  const since = performance.now() - WINDOW_MS;
  arrivals = arrivals.filter((arrival) => arrival.ms >= since);
  const counts = new Map<string, number>();
  for (const { type } of arrivals) counts.set(type, (counts.get(type) ?? 0) + 1);
  if (counts.size === 0 && rates.value.size === 0) return;
  rates.value = new Map([...counts].map(([type, n]) => [type, (n * 1000) / WINDOW_MS]));
}
