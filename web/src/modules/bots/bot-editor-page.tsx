import type { Bot, BotTypeDescription } from '@parley/sdk';
import { Link, useBlocker, useNavigate, useParams } from '@tanstack/react-router';
import { ArrowLeft, MessageSquare } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspaceId } from '../../api.ts';
import { Banner } from '../../design/banner.tsx';
import { Button } from '../../design/button.tsx';
import { ConfirmDialog } from '../../design/confirm-dialog.tsx';
import { SkeletonList } from '../../design/skeleton.tsx';
import { useToast } from '../../design/toast.tsx';
import { QueryView } from '../../query-view.tsx';
import { useCan } from '../../session.tsx';
import { PageHeader } from '../../shell/page-header.tsx';
import { changesOf, draftOfBot, draftOfType, inputOfDraft, isChanged, type BotDraft } from './bot-draft.ts';
import { BotForm } from './bot-form.tsx';
import { useBot, useBotTypes, useModels, useSaveBot } from './bot-queries.ts';
import { TypePicker } from './type-picker.tsx';

/** Makes a bot (without an id in the address), edits one, or shows one that the reader may not change. */
export function BotEditorPage() {
  const { t } = useTranslation('bots');
  const { botId } = useParams({ strict: false }) as { botId?: string };
  const workspaceId = useWorkspaceId();
  const types = useBotTypes();
  const bot = useBot(botId);
  const canCreate = useCan('member');
  const title = botId === undefined ? t('createTitle') : (bot.data?.name ?? t('title'));
  const pending = <SkeletonList label={t('loading')} rows={5} />;
  return (
    <>
      <PageHeader
        title={title}
        heading={
          <>
            <Link
              to="/w/$workspaceId/bots"
              params={{ workspaceId }}
              aria-label={t('back')}
              title={t('back')}
              className="inline-flex size-9 shrink-0 items-center justify-center rounded-lg text-soft hover:bg-hover hover:text-ink"
            >
              <ArrowLeft aria-hidden="true" className="size-[1.125rem] rtl:rotate-180" />
            </Link>
            <h1 className="min-w-0 truncate text-[0.9375rem] font-semibold">{title}</h1>
          </>
        }
      />
      <div className="mx-auto w-full max-w-2xl px-4 pt-2 pb-12">
        {botId !== undefined ? (
          <QueryView query={bot} pending={pending}>
            {(loaded) => <Editor key={loaded.id} bot={loaded} types={types.data?.items ?? []} />}
          </QueryView>
        ) : canCreate ? (
          <QueryView query={types} pending={pending}>
            {({ items }) => <NewBot key={workspaceId} types={items} />}
          </QueryView>
        ) : (
          <Banner>{t('viewersCannot')}</Banner>
        )}
      </div>
    </>
  );
}

function NewBot({ types }: { types: readonly BotTypeDescription[] }) {
  const [type, setType] = useState<BotTypeDescription | null>(null);
  if (type === null) return <TypePicker types={types} onChoose={setType} />;
  return <Editor bot={null} types={types} start={draftOfType(type)} />;
}

function Editor({ bot, types, start }: { bot: Bot | null; types: readonly BotTypeDescription[]; start?: BotDraft }) {
  const { t } = useTranslation('bots');
  const workspaceId = useWorkspaceId();
  const navigate = useNavigate();
  const toast = useToast();
  const models = useModels();
  const save = useSaveBot(bot?.id);
  const [before, setBefore] = useState<BotDraft>(() => start ?? draftOfBot(bot as Bot));
  const [draft, setDraft] = useState(before);
  const isLeavingSaved = useRef(false);
  const readOnly = bot !== null && !bot.canEdit;
  const isDirty = !readOnly && isChanged(before, draft);
  const blocker = useBlocker({
    shouldBlockFn: () => isDirty && !isLeavingSaved.current,
    enableBeforeUnload: () => isDirty && !isLeavingSaved.current,
    withResolver: true,
  });

  const chat = (botId: string) =>
    void navigate({ to: '/w/$workspaceId/chat', params: { workspaceId }, search: { bot: botId } });
  const submit = (): void => {
    if (save.isPending) return;
    save.mutate(bot === null ? inputOfDraft(draft) : changesOf(before, draft), {
      onSuccess: (saved) => {
        if (bot === null) {
          isLeavingSaved.current = true;
          toast.show(t('created', { name: saved.name }), { label: t('chat'), onSelect: () => chat(saved.id) });
          void navigate({ to: '/w/$workspaceId/bots', params: { workspaceId } });
          return;
        }
        toast.show(t('saved'));
        setBefore(draftOfBot(saved));
        setDraft(draftOfBot(saved));
      },
    });
  };

  return (
    <>
      {readOnly && <Banner className="mb-6">{t('readOnly')}</Banner>}
      <BotForm
        bot={bot}
        draft={draft}
        types={types}
        models={models.data?.items ?? []}
        readOnly={readOnly}
        failure={save.error}
        onChange={setDraft}
        onSubmit={submit}
        footer={
          <div className="sticky bottom-0 -mx-4 flex flex-wrap items-center gap-2 border-t border-line bg-page px-4 py-3">
            {!readOnly && (
              <Button type="submit" variant="primary" busy={save.isPending} disabled={bot !== null && !isDirty}>
                {bot === null ? t('create') : t('save')}
              </Button>
            )}
            {bot !== null && !isDirty && (
              <Button onClick={() => chat(bot.id)}>
                <MessageSquare aria-hidden="true" className="size-4" />
                {t('chat')}
              </Button>
            )}
            {bot !== null && isDirty && (
              <Button variant="ghost" onClick={() => setDraft(before)}>
                {t('discard')}
              </Button>
            )}
            {isDirty && bot !== null && <span className="ms-auto text-[0.8125rem] text-soft">{t('unsaved')}</span>}
          </div>
        }
      />
      <ConfirmDialog
        open={blocker.status === 'blocked'}
        onOpenChange={(isOpen) => !isOpen && blocker.reset?.()}
        title={t('leave.title')}
        description={t('leave.text')}
        confirmLabel={t('leave.confirm')}
        cancelLabel={t('leave.stay')}
        danger
        onConfirm={() => blocker.proceed?.()}
      />
    </>
  );
}
