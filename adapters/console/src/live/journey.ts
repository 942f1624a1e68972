// An attempt while it moves: how far it is, and its events in every service.
import { useEffect } from 'preact/hooks';
import type { Causation, LogEvent, Process } from '../api/types';
import { useResource, type Resource } from './resource';

const LOOK_MS = 300;
const LOOK_MAX_MS = 3_000;

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
  const first = process?.steps[0]?.position;
  const causation = useResource<Causation>(first ? `/v1/events/${first}/causation` : undefined, ['processes']);
  useEffect(() => {
    if (first) void causation.reload();
  }, [process?.status, process?.steps.length]);
  return causation.value?.events ?? [];
}
