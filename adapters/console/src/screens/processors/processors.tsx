// Who follows the log, how far each is, and what operators can do about it.
import type { Page, Processor } from '../../api/types';
import { useLatest, useResource } from '../../live/resource';
import { liveProcessors } from '../../live/topics';
import { route } from '../../route/route';
import { ProcessorDetail } from './processor_detail';
import { ProcessorList } from './processor_list';

export function Processors() {
  const name = route.value.path[1];
  const read = useResource<Page<Processor>>('/v1/processors', ['processors']);
  const items = useLatest(liveProcessors, read.value?.items);
  if (name) return <ProcessorDetail key={name} name={name} told={items?.find((one) => one.name === name)} />;
  return <ProcessorList of={{ ...read, value: items }} />;
}
