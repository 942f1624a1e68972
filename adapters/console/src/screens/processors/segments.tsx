// The segments of a processor: who works on each, and how far it is.
import type { Processor, Segment } from '../../api/types';
import { number } from '../../i18n/format';
import { Confirm } from '../../parts/confirm';
import { Table } from '../../parts/table';
import { shortened } from '../../parts/short_id';
import { say } from './texts';

export function Segments({ of: one, done }: { of: Processor; done: () => void }) {
  return (
    <section class="panel">
      <h2>{say('segments')}</h2>
      <Table
        caption={say('segments')}
        rows={one.segments}
        rowKey={(segment) => `${segment.id}-${segment.generation}`}
        columns={[
          { title: say('segment'), cell: (segment) => <span class="mono">{segment.id}</span>, isHead: true },
          { title: say('share'), cell: (segment) => `1/${number(segment.mask + 1)}`, isNumber: true },
          { title: say('owner'), cell: (segment) => <Owner of={segment} /> },
          { title: say('position'), cell: (segment) => number(segment.position), isNumber: true },
          { title: say('epoch'), cell: (segment) => number(segment.epoch), isNumber: true },
          { title: say('generation'), cell: (segment) => number(segment.generation), isNumber: true },
          {
            title: say('actions'),
            cell: (segment) => <SegmentActions processor={one.name} segment={segment} done={done} />,
          },
        ]}
      />
    </section>
  );
}

function Owner({ of: segment }: { of: Segment }) {
  if (!segment.owner) return <span class="fine">{say('nobody')}</span>;
  return (
    <span class="mono" title={segment.owner}>
      {shortened(segment.owner)}
    </span>
  );
}

function SegmentActions({ processor, segment, done }: { processor: string; segment: Segment; done: () => void }) {
  const act =
    (action: string) =>
    ({ reason }: { reason: string }) => ({
      path: `/v1/processors/${encodeURIComponent(processor)}/${action}`,
      body: { segment: segment.id, ...(reason && { reason }) },
    });
  return (
    <div class="row-buttons">
      <Confirm
        label={say('split')}
        explain={say('splitWhy', { id: segment.id })}
        name={processor}
        reason="optional"
        command={act('split')}
        done={done}
      />
      {segment.mask > 0 && (
        <Confirm
          label={say('merge')}
          explain={say('mergeWhy', { id: segment.id })}
          name={processor}
          reason="optional"
          command={act('merge')}
          done={done}
        />
      )}
    </div>
  );
}
