import { useMutation } from '@tanstack/react-query';
import type { Provider } from '@parley/sdk';
import { Ellipsis, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useApi } from '../../api.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { Card } from '../../design/card.tsx';
import { ConfirmDialog } from '../../design/confirm-dialog.tsx';
import { IconButton } from '../../design/icon-button.tsx';
import { Menu, MenuItem } from '../../design/menu.tsx';
import { useToast } from '../../design/toast.tsx';
import { useErrorText } from '../../problems.ts';
import { EditProviderDialog } from './edit-provider-dialog.tsx';
import { useRefreshProviders } from './provider-queries.ts';
import { TestResult } from './test-result.tsx';

export function ProviderCard({ provider }: { provider: Provider }) {
  const { t } = useTranslation(['models', 'common']);
  const api = useApi();
  const toast = useToast();
  const errorText = useErrorText();
  const refresh = useRefreshProviders();
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const test = useMutation({
    mutationFn: () => api.providers.retest(provider.id),
    onSuccess: (result) => (result.ok ? refresh() : undefined),
  });
  const remove = useMutation({
    mutationFn: () => api.providers.delete(provider.id),
    onSuccess: async () => {
      await refresh();
      toast.show(t('remove.done', { name: provider.name }));
    },
  });
  const facts = [
    t(`kinds.${provider.kind}`),
    provider.baseUrl,
    provider.keyHint && `••••${provider.keyHint}`,
    t('modelCount', { count: provider.models.length }),
  ].filter(Boolean);
  const showsTest = test.isPending || test.isError || test.isSuccess;
  return (
    <li>
      <Card className="flex flex-col gap-3 px-4 py-3">
        <div className="flex min-h-14 flex-wrap items-center gap-x-3 gap-y-2">
          <div className="min-w-0 flex-1 basis-52">
            <p className="flex flex-wrap items-center gap-2 font-medium">
              <span className="min-w-0 truncate">{provider.name}</span>
              {provider.source !== 'workspace' && (
                <Badge tone={provider.source === 'built-in' ? 'neutral' : 'accent'}>
                  {t(`sources.${provider.source}`)}
                </Badge>
              )}
            </p>
            <p className="mt-0.5 text-[0.8125rem] break-words text-faint">{facts.join(' · ')}</p>
          </div>
          {provider.source !== 'built-in' && (
            <div className="flex items-center gap-1">
              <Button
                size="sm"
                busy={test.isPending}
                aria-label={t('test.runNamed', { name: provider.name })}
                onClick={() => test.mutate()}
              >
                {t('test.run')}
              </Button>
              <Menu
                align="end"
                trigger={
                  <IconButton label={t('actionsFor', { name: provider.name })} tooltip={false}>
                    <Ellipsis aria-hidden="true" />
                  </IconButton>
                }
              >
                <MenuItem onSelect={() => setEditing(true)}>
                  <Pencil aria-hidden="true" />
                  {t('common:edit')}
                </MenuItem>
                <MenuItem danger onSelect={() => setDeleting(true)}>
                  <Trash2 aria-hidden="true" />
                  {t('common:delete')}
                </MenuItem>
              </Menu>
            </div>
          )}
        </div>
        {showsTest && <TestResult test={test} />}
      </Card>
      {editing && <EditProviderDialog provider={provider} onClose={() => setEditing(false)} />}
      <ConfirmDialog
        open={deleting}
        onOpenChange={(open) => {
          setDeleting(open);
          remove.reset();
        }}
        danger
        title={t('remove.title', { name: provider.name })}
        description={t('remove.text')}
        confirmLabel={t('common:delete')}
        cancelLabel={t('common:cancel')}
        busy={remove.isPending}
        error={remove.error && errorText(remove.error)}
        onConfirm={() => remove.mutate()}
      />
    </li>
  );
}
