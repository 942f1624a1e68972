// An attempt while it moves: how far it is, and its events in every service.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { address, read, Refused } from '../api/request';
import type { LogEvent, Page, Process } from '../api/types';
import { changes } from './topics';
import { useResource, type Resource } from './resource';

const LOOK_MS = 300;
const LOOK_MAX_MS = 3_000;
/** The most pieces of the log that are looked through for one attempt. */
const PIECES_MAX = 8;

export function isMoving(process: Process): boolean {
  return process.status === 'STARTED' || process.status === 'COMPENSATING';
}

/** A process; while it moves it is asked for often, and then whenever processes change. */
export function useProcess(id: string): Resource<Process> {
  const resource = useResource<Process>(`/v1/processes/${encodeURIComponent(id)}`, ['processes']);
  const moving = resource.value !== undefined && isMoving(resource.value);
  useEffect(() => {
    if (!moving) return;
    let [wait, timer] = [LOOK_MS, 0];
    const look = async () => {
      if (!document.hidden) await resource.reload();
      wait = Math.min(wait * 1.5, LOOK_MAX_MS);
      timer = window.setTimeout(() => void look(), wait);
    };
    timer = window.setTimeout(() => void look(), wait);
    return () => clearTimeout(timer);
  }, [id, moving]);
  return resource;
}

/** The events of a process, oldest first; those of the ranking may come after its end. */
export function useJourney(process: Process | undefined): LogEvent[] {
  const events = useSignal<LogEvent[]>([]);
  const tick = changes.processes.value;
  const steps = process?.steps.length ?? 0;
  useEffect(() => {
    if (!process) return;
    let ended = false;
    void eventsOf(process).then(
      (found) => {
        if (!ended) events.value = found;
      },
      (error: unknown) => {
        // What was read before stays; the process itself says why it cannot be read.
        if (!(error instanceof Refused)) throw error;
      },
    );
    return () => {
      ended = true;
    };
  }, [process?.id, process?.status, steps, tick]);
  return events.value.filter((event) => event.metadata?.correlation === process?.id);
}

async function eventsOf(process: Process): Promise<LogEvent[]> {
  const [first, last] = [process.steps[0]?.position ?? 1, process.steps.at(-1)?.position ?? 1];
  const found: LogEvent[] = [];
  let cursor: string | undefined;
  for (let piece = 0; piece < PIECES_MAX; piece += 1) {
    const query = { after: cursor ? undefined : first - 1, correlation: process.id, limit: 200, cursor };
    const page = await read<Page<LogEvent>>(address('/v1/events', query));
    found.push(...page.items);
    cursor = page.nextCursor;
    if (!cursor || (found.at(-1)?.position ?? 0) >= last) break;
  }
  return found;
}
