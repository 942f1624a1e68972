// What became of an event at each processor, and a second delivery where that is needed.
import type { Delivery, Page } from '../../api/types';
import { number } from '../../i18n/format';
import { useResource } from '../../live/resource';
import { Confirm } from '../../parts/confirm';
import { ProcessorLink } from '../../parts/links';
import { Shown } from '../../parts/shown';
import { Status } from '../../parts/status';
import { Table } from '../../parts/table';
import { say } from './texts';

export function Deliveries({ position }: { position: number }) {
  const deliveries = useResource<Page<Delivery>>(`/v1/events/${position}/deliveries`, ['processors', 'dead-letters']);
  return (
    <section class="panel">
      <h2>{say('deliveries')}</h2>
      <Shown of={deliveries} isEmpty={(page) => page.items.length === 0}>
        {(page) => (
          <Table
            caption={say('deliveries')}
            rows={sorted(page.items)}
            rowKey={(delivery) => delivery.processor}
            rowClass={(delivery) => (delivery.state === 'IGNORED' ? 'quiet' : '')}
            columns={[
              {
                title: say('processor'),
                cell: (delivery) => <ProcessorLink name={delivery.processor} />,
                isHead: true,
              },
              {
                title: say('state'),
                cell: (delivery) => (
                  <>
                    <Status of={delivery.state} /> {delivery.cause && <span class="fine">{delivery.cause}</span>}
                  </>
                ),
              },
              { title: say('attempts'), cell: (delivery) => number(delivery.attempts), isNumber: true },
              {
                title: say('redeliver'),
                cell: (delivery) => <Redeliver position={position} delivery={delivery} done={deliveries.reload} />,
              },
            ]}
          />
        )}
      </Shown>
    </section>
  );
}

function Redeliver({ position, delivery, done }: { position: number; delivery: Delivery; done: () => Promise<void> }) {
  if (delivery.state === 'IGNORED') return null;
  return (
    <Confirm
      label={say('redeliver')}
      explain={say('redeliverWhy', { processor: delivery.processor })}
      name={delivery.processor}
      reason="required"
      done={() => void done()}
      command={({ reason }) => ({
        path: `/v1/events/${position}/deliveries/${encodeURIComponent(delivery.processor)}/redeliver`,
        body: { reason },
      })}
    />
  );
}

/** Those that the event concerns come first. */
function sorted(deliveries: readonly Delivery[]): Delivery[] {
  return [...deliveries].sort((a, b) => Number(a.state === 'IGNORED') - Number(b.state === 'IGNORED'));
}
