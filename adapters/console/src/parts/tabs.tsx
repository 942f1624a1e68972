// Sections of a screen, as links: each has its own address.

export interface Tab {
  title: string;
  href: string;
  isHere: boolean;
}

export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.href} href={tab.href} aria-current={tab.isHere ? 'page' : undefined}>
          {tab.title}
        </a>
      ))}
    </nav>
  );
}
