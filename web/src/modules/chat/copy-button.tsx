import { Check, Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../design/icon-button.tsx';
import { useCopy } from './use-copy.ts';

export function CopyButton({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation('chat');
  const { isCopied, copy } = useCopy();
  return (
    <IconButton size="sm" label={isCopied ? t('copied') : label} onClick={() => copy(text)}>
      {isCopied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
    </IconButton>
  );
}
