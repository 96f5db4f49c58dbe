import { Monitor, Moon, Sun } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { accents, themes } from '../../appearance.ts';
import { Section } from '../../design/card.tsx';
import { useToast } from '../../design/toast.tsx';
import { useErrorText } from '../../problems.ts';
import { useUpdateMe, useUser } from '../../session.tsx';
import { useDocumentTitle } from '../../shell/page-header.tsx';
import { ChoiceCards } from './choice-cards.tsx';

const icons = { system: Monitor, light: Sun, dark: Moon };
const swatches = {
  indigo: '#4f46e5',
  teal: '#0f766e',
  rose: '#be123c',
  amber: '#b45309',
  violet: '#7c3aed',
  slate: '#475569',
};

/** A choice shows at once: the cached user changes first, and the root layout paints from it. */
export function AppearancePage() {
  const { t } = useTranslation('settings');
  useDocumentTitle(t('pages.appearance'));
  const { theme, accent } = useUser().preferences;
  const update = useUpdateMe();
  const toast = useToast();
  const errorText = useErrorText();
  const onError = (error: unknown) => toast.fail(errorText(error));
  return (
    <>
      <Section title={t('appearance.theme')} description={t('appearance.themeText')}>
        <ChoiceCards
          legend={t('appearance.theme')}
          value={theme}
          onChange={(next) => update.mutate({ preferences: { theme: next } }, { onError })}
          choices={themes.map((value) => {
            const Icon = icons[value];
            return {
              value,
              label: t(`themes.${value}`),
              icon: <Icon aria-hidden="true" className="size-4 shrink-0" />,
            };
          })}
        />
      </Section>
      <Section title={t('appearance.accent')} description={t('appearance.accentText')}>
        <ChoiceCards
          legend={t('appearance.accent')}
          value={accent}
          onChange={(next) => update.mutate({ preferences: { accent: next } }, { onError })}
          choices={accents.map((value) => ({
            value,
            label: t(`accents.${value}`),
            icon: (
              <span
                aria-hidden="true"
                className="size-4 shrink-0 rounded-full"
                style={{ backgroundColor: swatches[value] }}
              />
            ),
          }))}
        />
      </Section>
    </>
  );
}
