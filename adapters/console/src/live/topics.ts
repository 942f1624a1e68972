// What the live stream tells of, and what it told last.
import { signal, type Signal } from '@preact/signals';
import type { EventNote, Processor } from '../api/types';

export const TOPICS = ['overview', 'processors', 'events', 'processes', 'dead-letters', 'audit'] as const;
export type Topic = (typeof TOPICS)[number];

/** Rises whenever something about a topic has changed. */
export const changes: Record<Topic, Signal<number>> = {
  overview: signal(0),
  processors: signal(0),
  events: signal(0),
  processes: signal(0),
  'dead-letters': signal(0),
  audit: signal(0),
};

/** The processors as the stream told of them last; nothing while it is polled. */
export const liveProcessors = signal<Processor[] | undefined>(undefined);

/** The newest events that the stream told of, newest first, and how many it left out. */
export const liveEvents = signal<{ items: EventNote[]; skipped: number }>({ items: [], skipped: 0 });

export function changed(topic: Topic): void {
  changes[topic].value += 1;
}
