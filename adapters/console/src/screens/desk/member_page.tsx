// One member at the desk: points, card, books, and the attempts with their way through the services.
import { address } from '../../api/request';
import type { Card, Member, Page, Process } from '../../api/types';
import { number } from '../../i18n/format';
import { useResource } from '../../live/resource';
import { Attempt } from '../../parts/attempt';
import { CommandForm } from '../../parts/command_form';
import { Field } from '../../parts/field';
import { Refusal } from '../../parts/refusal';
import { Empty, Loading } from '../../parts/shown';
import { filter, link, route } from '../../route/route';
import { CardPanel } from './card_panel';
import { RegisterMember } from './counter';
import { Ledger } from './ledger';
import { AttemptList } from './attempt_list';
import { say } from './texts';

export function MemberPage({ id }: { id: string }) {
  const path = encodeURIComponent(id);
  const member = useResource<Member>(`/v1/members/${path}`, ['events']);
  const card = useResource<Card>(`/v1/rental-cards/${path}`, ['events']);
  const attempts = useResource<Page<Process>>(address('/v1/processes', { memberId: id, limit: 8 }), ['processes']);
  const chosen = route.value.query.get('attempt') ?? attempts.value?.items[0]?.id;
  const reload = () => void Promise.all([member.reload(), card.reload(), attempts.reload()]);
  const started = (processId: string) => {
    filter({ attempt: processId });
    reload();
  };
  return (
    <div class="columns">
      <div class="stack">
        <section class="panel">
          <MemberHead id={id} member={member.value} refusal={member.refusal} />
          {member.value && <PointForms id={id} done={reload} />}
          {member.value && <Ledger id={id} balance={member.value.points} />}
        </section>
        <CardPanel id={id} card={card} started={started} />
      </div>
      <section class="panel attempts">
        <h2>{say('attempt')}</h2>
        {chosen ? <Attempt key={chosen} id={chosen} isNamed={false} /> : <Empty>{say('noAttempts')}</Empty>}
        <AttemptList of={attempts} chosen={chosen} />
      </section>
    </div>
  );
}

interface HeadProps {
  id: string;
  member: Member | undefined;
  refusal: ReturnType<typeof useResource>['refusal'];
}

function MemberHead({ id, member, refusal }: HeadProps) {
  if (member) {
    return (
      <header class="member-head">
        <h2>{member.name}</h2>
        <span class="mono clip">{member.id}</span>
        <strong class="points">{say('pointsOf', { n: number(member.points) })}</strong>
        <a href={link(['time-travel', `member-${id}`])}>{say('history')}</a>
      </header>
    );
  }
  if (!refusal) return <Loading />;
  if (refusal.slug !== 'member-not-found') return <Refusal of={refusal} />;
  return (
    <>
      <p>{say('notRegistered', { id })}</p>
      <RegisterMember id={id} />
    </>
  );
}

function PointForms({ id, done }: { id: string; done: () => void }) {
  const path = `/v1/members/${encodeURIComponent(id)}/points`;
  return (
    <div class="point-forms">
      {(['save', 'use'] as const).map((way) => (
        <CommandForm
          key={way}
          isInline
          isPrimary={false}
          submit={say(way)}
          label={say(way)}
          done={done}
          command={({ value }) => ({ path: `${path}/${way}`, body: { amount: Number(value('amount')) } })}
        >
          <Field name="amount" label={say('amount')} kind="number" min={1} max={1_000_000} required />
        </CommandForm>
      ))}
    </div>
  );
}
