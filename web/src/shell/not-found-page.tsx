import { Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { useDocumentTitle } from './page-header.tsx';

export function NotFoundPage() {
  const { t } = useTranslation();
  useDocumentTitle(t('notFound.title'));
  return (
    <main className="flex h-full flex-col items-center justify-center gap-3 p-6 text-center">
      <Compass aria-hidden="true" className="size-8 text-faint" />
      <h1 className="text-lg font-semibold">{t('notFound.title')}</h1>
      <p className="max-w-md text-soft">{t('notFound.text')}</p>
      <Button asChild variant="primary">
        <Link to="/">{t('notFound.home')}</Link>
      </Button>
    </main>
  );
}
