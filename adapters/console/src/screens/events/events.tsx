// The log: what happened, newest first, with a tail that follows it; and one event with its causes.
import { route } from '../../route/route';
import { EventDetail } from './event_detail';
import { EventList } from './event_list';
import { Tail } from './tail';

export function Events() {
  const { path, query } = route.value;
  const position = path[1];
  if (position) return <EventDetail key={position} position={position} />;
  return query.get('view') === 'tail' ? <Tail /> : <EventList />;
}
