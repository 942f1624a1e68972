// The overview: read once, then kept up to date by the stream.
import { signal } from '@preact/signals';
import { read, Refused } from '../api/request';
import type { Overview } from '../api/types';

const POINTS_MAX = 180;

export const overview = signal<Overview | undefined>(undefined);
/** Why there is none. */
export const overviewRefusal = signal<Refused | undefined>(undefined);

export async function loadOverview(): Promise<void> {
  try {
    overview.value = await read<Overview>('/v1/overview');
    overviewRefusal.value = undefined;
  } catch (error) {
    if (error instanceof Refused) overviewRefusal.value = error;
    else throw error;
  }
}

/** A message has only the newest point: the others stay, unless the log is another one. */
export function mergeOverview(told: Overview): void {
  const known = overview.value?.logId === told.logId ? overview.value.series.points : [];
  const fresh = told.series.points;
  const first = fresh[0]?.at ?? '';
  const points = [...known.filter((point) => !first || point.at < first), ...fresh].slice(-POINTS_MAX);
  overview.value = { ...told, series: { ...told.series, points } };
  overviewRefusal.value = undefined;
}
