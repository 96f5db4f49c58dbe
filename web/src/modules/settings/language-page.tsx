import { useTranslation } from 'react-i18next';
import { Section } from '../../design/card.tsx';
import { useToast } from '../../design/toast.tsx';
import { chooseLanguage, type Language } from '../../i18n.ts';
import { useErrorText } from '../../problems.ts';
import { useUpdateMe, useUser } from '../../session.tsx';
import { useDocumentTitle } from '../../shell/page-header.tsx';
import { ChoiceCards } from './choice-cards.tsx';

// A language is named in itself, so that its speakers find it.
const ownNames: Record<Language, string> = { en: 'English', de: 'Deutsch', es: 'Español' };

export function LanguagePage() {
  const { t } = useTranslation('settings');
  useDocumentTitle(t('pages.language'));
  const { language } = useUser().preferences;
  const update = useUpdateMe();
  const toast = useToast();
  const errorText = useErrorText();
  return (
    <Section title={t('language.title')} description={t('language.text')}>
      <ChoiceCards<Language | 'browser'>
        legend={t('language.title')}
        value={language ?? 'browser'}
        onChange={(next) =>
          update.mutate(
            { preferences: { language: next === 'browser' ? null : next } },
            { onError: (error) => toast.fail(errorText(error)) },
          )
        }
        choices={[
          { value: 'browser', label: t('language.browser', { name: ownNames[chooseLanguage(null)] }) },
          ...Object.entries(ownNames).map(([value, label]) => ({ value: value as Language, label })),
        ]}
      />
    </Section>
  );
}
