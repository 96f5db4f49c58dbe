import type { Bot } from '@parley/sdk';
import { Link } from '@tanstack/react-router';
import { KeyRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useWorkspaceId } from '../../api.ts';
import { Avatar } from '../../design/avatar.tsx';
import { useCan } from '../../session.tsx';

export function Greeting({ bot, isDemo }: { bot: Bot; isDemo: boolean }) {
  return (
    <div className="m-auto flex max-w-lg flex-col items-center gap-3 px-4 py-10 text-center">
      <Avatar name={bot.name} emoji={bot.avatar} size="lg" className="size-16 !text-3xl" />
      <h1 className="text-xl font-semibold tracking-tight">{bot.name}</h1>
      {bot.description !== '' && <p className="text-[0.9375rem] leading-6 text-soft">{bot.description}</p>}
      {isDemo && <DemoHint />}
    </div>
  );
}

function DemoHint() {
  const { t } = useTranslation('chat');
  const workspaceId = useWorkspaceId();
  const canAdd = useCan('admin');
  return (
    <p className="mt-2 flex flex-wrap items-center justify-center gap-x-1.5 text-[0.8125rem] text-soft">
      <KeyRound aria-hidden="true" className="size-3.5" />
      {t('demo.hint')}{' '}
      {canAdd ? (
        <Link
          to="/w/$workspaceId/settings/models"
          params={{ workspaceId }}
          className="rounded font-medium text-accent-ink underline underline-offset-3"
        >
          {t('demo.addKey')}
        </Link>
      ) : (
        t('demo.askAdmin')
      )}
    </p>
  );
}
