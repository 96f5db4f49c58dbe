import { ExternalLink, ImageOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { namesAnotherHost, safeImage, safeLink } from './safe-url.ts';

export interface HastNode {
  type?: string;
  tagName?: string;
  value?: string;
  properties?: Record<string, unknown>;
  children?: HastNode[];
}

export const textOf = (node: HastNode | undefined): string =>
  node === undefined ? '' : (node.value ?? '') + (node.children ?? []).map(textOf).join('');

interface LinkProps {
  href?: string;
  node?: HastNode;
  children?: ReactNode;
}

/** Opens elsewhere, tells nothing about us, and says where it goes when its words say something else. */
export function SafeAnchor({ href, node, children }: LinkProps) {
  const { t } = useTranslation('chat');
  const link = safeLink(href);
  if (link === null) return <span>{children}</span>;
  const isMisleading = namesAnotherHost(textOf(node), link);
  return (
    <>
      <a className="md-link" href={link.href} title={link.href} target="_blank" rel="noopener noreferrer nofollow">
        {children}
        <ExternalLink aria-hidden="true" className="md-link-mark" />
        <span className="sr-only">{t('markdown.opensNewTab')}</span>
      </a>
      {isMisleading && <span className="md-link-target">{t('markdown.leadsTo', { target: link.target })}</span>}
    </>
  );
}

interface ImageProps {
  src?: string;
  alt?: string;
  title?: string;
}

export function SafeImage({ src, alt, title }: ImageProps) {
  const { t } = useTranslation('chat');
  const own = safeImage(src, window.location.origin);
  if (own !== null) return <img className="md-image" src={own} alt={alt ?? ''} title={title} loading="lazy" />;
  const words = alt || t('markdown.image');
  const link = safeLink(src);
  if (link === null || link.href.startsWith('mailto:')) return <span>{words}</span>;
  return (
    <a className="md-link" href={link.href} title={link.href} target="_blank" rel="noopener noreferrer nofollow">
      <ImageOff aria-hidden="true" className="md-link-mark md-link-mark-first" />
      {t('markdown.foreignImage', { words, target: link.target })}
      <span className="sr-only">{t('markdown.opensNewTab')}</span>
    </a>
  );
}

export function ScrollingTable({ children }: { children?: ReactNode }) {
  const { t } = useTranslation('chat');
  return (
    <div className="md-table" role="group" aria-label={t('markdown.table')} tabIndex={0}>
      <table>{children}</table>
    </div>
  );
}

/** The box of a task list; it only shows. */
export function TaskBox({ checked }: { checked?: boolean }) {
  const { t } = useTranslation('chat');
  return (
    <input
      type="checkbox"
      disabled
      checked={checked === true}
      readOnly
      aria-label={t(checked ? 'markdown.done' : 'markdown.open')}
    />
  );
}
