// The desk: members, cards, books, and what is rented, returned and paid.
import { Tabs } from '../../parts/tabs';
import { link, route } from '../../route/route';
import { BookPage } from './book_page';
import { CardList } from './card_list';
import { Catalogue } from './catalogue';
import { Counter } from './counter';
import { LoanList } from './loan_list';
import { MemberPage } from './member_page';
import { RankingList } from './ranking_list';
import { say } from './texts';

export function Desk() {
  const [, section = '', thing] = route.value.path;
  const tabs = [
    { title: say('counter'), href: link(['desk']), isHere: section === '' || section === 'members' },
    { title: say('catalogue'), href: link(['desk', 'books']), isHere: section === 'books' },
    { title: say('cards'), href: link(['desk', 'cards']), isHere: section === 'cards' },
    { title: say('loans'), href: link(['desk', 'loans']), isHere: section === 'loans' },
    { title: say('ranking'), href: link(['desk', 'ranking']), isHere: section === 'ranking' },
  ];
  return (
    <>
      <Tabs label={say('sections')} tabs={tabs} />
      <Section name={section} thing={thing} />
    </>
  );
}

function Section({ name, thing }: { name: string; thing: string | undefined }) {
  if (name === 'members' && thing) return <MemberPage key={thing} id={thing} />;
  if (name === 'books' && thing) return <BookPage key={thing} no={thing} />;
  if (name === 'books') return <Catalogue />;
  if (name === 'cards') return <CardList />;
  if (name === 'loans') return <LoanList />;
  return name === 'ranking' ? <RankingList /> : <Counter />;
}
