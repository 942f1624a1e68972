// What a message of the live stream changes in the page.
import type { EventNote, Overview, Processor } from '../api/types';
import { arrived } from './rates';
import { mergeOverview } from './overview';
import { changed, liveEvents, liveProcessors, TOPICS } from './topics';

const EVENTS_KEPT = 500;

export function receive(topic: string, data: string): void {
  const known = TOPICS.find((one) => one === topic);
  if (!known) return;
  switch (known) {
    case 'overview':
      mergeOverview(JSON.parse(data) as Overview);
      return;
    case 'processors':
      liveProcessors.value = (JSON.parse(data) as { items: Processor[] }).items;
      return;
    case 'events':
      addEvents(JSON.parse(data) as { items: EventNote[]; skipped: number });
      changed(known);
      return;
    case 'processes':
    case 'dead-letters':
    case 'audit':
      changed(known);
  }
}

/** After a reconnect the stream may tell of an event again. */
function addEvents(told: { items: EventNote[]; skipped: number }): void {
  const kept = liveEvents.value;
  const newest = kept.items[0]?.position ?? 0;
  const restarted = told.items.some((event) => event.position === 1) && newest > told.items.length;
  const fresh = told.items.filter((event) => restarted || event.position > newest);
  fresh.sort((a, b) => b.position - a.position);
  arrived(fresh);
  const items = restarted ? fresh : [...fresh, ...kept.items];
  liveEvents.value = { items: items.slice(0, EVENTS_KEPT), skipped: kept.skipped + told.skipped };
}
