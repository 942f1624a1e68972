// Something read from the service that follows what happens.
import { useComputed, useSignal, type ReadonlySignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';
import { read, Refused } from '../api/request';
import { connection, watch } from './connection';
import { changes, type Topic } from './topics';

const SETTLE_MS = 800;

export interface Resource<T> {
  value: T | undefined;
  /** The last read failed; `value` may still be what an earlier one gave. */
  refusal: Refused | undefined;
  /** Reads again and is done when that was answered. */
  reload: () => Promise<void>;
}

/** Reads a path (none: nothing), again whenever one of the topics changes. */
export function useResource<T>(path: string | undefined, topics: readonly Topic[] = []): Resource<T> {
  const value = useSignal<{ path: string; value: T } | undefined>(undefined);
  const refusal = useSignal<Refused | undefined>(undefined);
  const names = topics.join();

  const reload = useCallback(
    async (signal?: AbortSignal) => {
      if (!path) return;
      try {
        const found = await read<T>(path, signal);
        if (signal?.aborted) return;
        value.value = { path, value: found };
        refusal.value = undefined;
      } catch (error) {
        if (!(error instanceof Refused)) return;
        if (!signal?.aborted) refusal.value = error;
      }
    },
    [path],
  );

  useEffect(() => {
    const stop = new AbortController();
    refusal.value = undefined;
    void reload(stop.signal);
    return () => stop.abort();
  }, [path]);

  useFollowing(names, reload);
  const shown = value.value?.path === path ? value.value?.value : undefined;
  return { value: path ? shown : undefined, refusal: refusal.value, reload: () => reload() };
}

/**
 * One read at a time: what changes meanwhile asks for one more. Views follow the log a moment later, so what has changed
 * is read once more when it is quiet.
 */
function useFollowing(names: string, reload: () => Promise<void>): void {
  useEffect(() => {
    const topics = names.split(',').filter(Boolean) as Topic[];
    if (topics.length === 0) return;
    let [busy, again, ended, settled] = [false, false, false, 0];
    const run = async (): Promise<void> => {
      if (busy) {
        again = true;
        return;
      }
      busy = true;
      await reload();
      busy = false;
      if (again && !ended) {
        again = false;
        await run();
      }
    };
    const unsubscribe = topics.map((topic) => {
      let first = true;
      return changes[topic].subscribe(() => {
        if (!first) {
          void run();
          clearTimeout(settled);
          if (connection.value === 'live') settled = window.setTimeout(() => void run(), SETTLE_MS);
        }
        first = false;
      });
    });
    const release = watch(topics);
    return () => {
      ended = true;
      clearTimeout(settled);
      release();
      for (const end of unsubscribe) end();
    };
  }, [names, reload]);
}

/** A signal as the stream fills it, or what was read where it has told nothing yet. */
export function useLatest<T>(told: ReadonlySignal<T | undefined>, readValue: T | undefined): T | undefined {
  const latest = useComputed(() => told.value);
  return latest.value ?? readValue;
}
