// A member's rental card: what is held, what is owed, and what can be done about it.
import type { Card, CardItem, Started } from '../../api/types';
import { number } from '../../i18n/format';
import type { Resource } from '../../live/resource';
import { useAction } from '../../parts/action';
import { CommandForm } from '../../parts/command_form';
import { BookLink, ProcessLink } from '../../parts/links';
import { Refusal } from '../../parts/refusal';
import { Empty, Loading } from '../../parts/shown';
import { Badge, Status } from '../../parts/status';
import { Table, type Column } from '../../parts/table';
import { link } from '../../route/route';
import { RentForm } from './rent_form';
import { say } from './texts';

interface Props {
  id: string;
  card: Resource<Card>;
  started: (processId: string) => void;
}

export function CardPanel({ id, card, started }: Props) {
  const { value, refusal } = card;
  return (
    <section class="panel">
      <header class="member-head">
        <h2>{say('card')}</h2>
        {value && <Status of={value.status} />}
        {value && <span class="fine">{say('heldOf', { n: value.held.length })}</span>}
        {value && <a href={link(['time-travel', `rental-card-${id}`])}>{say('history')}</a>}
      </header>
      {!value && !refusal && <Loading />}
      {!value &&
        refusal &&
        (refusal.slug === 'card-not-found' ? (
          <Issue id={id} done={() => void card.reload()} />
        ) : (
          <Refusal of={refusal} />
        ))}
      {value && <Fee card={value} started={started} />}
      {value && <Held card={value} started={started} reload={card.reload} />}
      {value && <RentForm card={value} started={started} />}
      {value && value.returned.length > 0 && <ReturnedItems items={value.returned} />}
    </section>
  );
}

function Issue({ id, done }: { id: string; done: () => void }) {
  return (
    <CommandForm
      submit={say('issue')}
      command={() => ({ path: '/v1/rental-cards', body: { memberId: id } })}
      done={done}
    >
      <p>{say('noCard')}</p>
    </CommandForm>
  );
}

function Fee({ card, started }: { card: Card; started: (processId: string) => void }) {
  if (card.clearing)
    return (
      <p class="notice">
        {say('clearing')}: <ProcessLink id={card.clearing.processId} />
      </p>
    );
  if (card.lateFee === 0) return null;
  return (
    <div class="notice warn">
      <p>{say('feeOwed', { n: number(card.lateFee) })}</p>
      <CommandForm<Started>
        submit={say('pay', { n: number(card.lateFee) })}
        done={(answer) => started(answer.processId)}
        command={() => ({
          path: `/v1/rental-cards/${encodeURIComponent(card.memberId)}/clear-overdue`,
          body: { points: card.lateFee },
        })}
      />
    </div>
  );
}

function Held({
  card,
  started,
  reload,
}: {
  card: Card;
  started: (processId: string) => void;
  reload: () => Promise<void>;
}) {
  if (card.held.length === 0) return <Empty>{say('nothingHeld')}</Empty>;
  const columns: Column<CardItem>[] = [
    ...described,
    { title: say('state'), cell: (item) => <ItemState item={item} /> },
    {
      title: say('returnIt'),
      cell: (item) => <ItemActions card={card} item={item} started={started} reload={reload} />,
    },
  ];
  return <Table caption={say('held')} rows={card.held} rowKey={(item) => item.rentalId} columns={columns} />;
}

const described: readonly Column<CardItem>[] = [
  {
    get title() {
      return say('book');
    },
    cell: (item) => <BookLink no={item.bookNo} title={item.title} />,
    isHead: true,
  },
  {
    get title() {
      return say('dueOn');
    },
    cell: (item) => <time>{item.dueOn}</time>,
  },
];

function ItemState({ item }: { item: CardItem }) {
  return (
    <>
      <Status of={item.state} />
      {item.overdue && <Badge tone="bad" icon="warn" text={say('overdue')} />}
      {item.accruingFee !== undefined && <span class="fine">{say('accruing', { n: number(item.accruingFee) })}</span>}
    </>
  );
}

function ItemActions({
  card,
  item,
  started,
  reload,
}: {
  card: Card;
  item: CardItem;
  started: (processId: string) => void;
  reload: () => Promise<void>;
}) {
  const action = useAction();
  const path = `/v1/rental-cards/${encodeURIComponent(card.memberId)}`;
  const giveBack = async () => {
    const answer = await action.run<Started>({ path: `${path}/return`, body: { bookNo: item.bookNo } });
    if (answer) started(answer.processId);
  };
  const mark = async () => {
    if (await action.run({ path: `${path}/overdue`, body: { bookNo: item.bookNo } })) await reload();
  };
  if (item.state !== 'RENTED') return null;
  const isLate = item.accruingFee !== undefined && !item.overdue;
  return (
    <>
      <div class="row-buttons">
        <button type="button" disabled={action.isBusy} onClick={() => void giveBack()}>
          {say('returnIt')}
          <span class="hidden"> {item.title}</span>
        </button>
        {isLate && (
          <button type="button" disabled={action.isBusy} onClick={() => void mark()}>
            {say('markOverdue')}
          </button>
        )}
      </div>
      {action.refusal && <Refusal of={action.refusal} />}
    </>
  );
}

function ReturnedItems({ items }: { items: readonly CardItem[] }) {
  return (
    <details class="section">
      <summary>{say('returned')}</summary>
      <Table
        caption={say('returned')}
        rows={[...items].reverse()}
        rowKey={(item) => item.rentalId}
        columns={[
          ...described,
          { title: say('returnedOn'), cell: (item) => item.returnedOn ?? '–' },
          { title: say('fee'), cell: (item) => number(item.lateFee ?? 0), isNumber: true },
        ]}
      />
    </details>
  );
}
