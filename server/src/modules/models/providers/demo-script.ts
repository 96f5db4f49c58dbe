const quoteOf = (text: string): string => {
  const short = text.length > 280 ? `${text.slice(0, 279).trimEnd()}…` : text;
  return short
    .split(/\r?\n/)
    .map((line) => `> ${line}`)
    .join('\n');
};

const greeting =
  "I am Parley's built-in demo model, not a real AI. I only play back prepared answers, so that you can see how everything works.";

const keyHelp = `**To talk to a real model**, open **Settings → Models** and

1. choose a provider: Anthropic, OpenAI, or any OpenAI-compatible server such as Ollama,
2. paste your key (a local server needs none),
3. pick the default model.

Your bots answer with it from then on.`;

const list = `Here is what you can already try:

- **stop** me in the middle of an answer
- **reload** the page while I am writing: the answer goes on
- **edit** your message, or let me answer **again**: both versions are kept
- ask me for \`code\`, a \`table\`, some \`math\`, something \`long\`, or \`help\``;

const code = `Here is a small function in TypeScript:

\`\`\`ts
export const greet = (name: string): string => {
  const hour = new Date().getHours();
  return \`\${hour < 12 ? 'Good morning' : 'Hello'}, \${name}!\`;
};

console.log(greet('Ada'));
\`\`\`

The button in its corner copies it.`;

const table = `A table of planets:

| Planet | Diameter in km | Moons |
| --- | ---: | ---: |
| Mercury | 4,879 | 0 |
| Earth | 12,742 | 1 |
| Mars | 6,779 | 2 |
| Jupiter | 139,820 | 95 |`;

const math = `The solutions of \\(ax^2 + bx + c = 0\\) are

$$
x_{1,2} = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a}
$$

and a famous sum is \\(\\sum_{n=1}^{\\infty} \\frac{1}{n^2} = \\frac{\\pi^2}{6}\\).`;

const topics = [
  'A lighthouse keeper counts ships by day and stars by night, and writes both numbers into the same book.',
  'The harbour below wakes slowly: first the gulls, then the nets, then the voices of people who have known each other for too long to say hello.',
  'When fog comes, the lamp cannot be seen from the shore, and still it turns, because someone may be looking from the other side.',
  'Once a year a letter arrives that asks whether everything is in order, and once a year the answer is a single word.',
  'In winter the sea writes on the windows with salt, and in spring somebody has to wipe the sentences away.',
];

const long = `## A longer answer

${Array.from({ length: 10 }, (_, index) => `**${index + 1}.** ${topics[index % topics.length]!}`).join('\n\n')}`;

const asks = (text: string, words: RegExp): boolean => words.test(text);

/** The whole answer of the demo model to one message: honest about what it is, varied by a few words in the question. */
export const demoAnswer = (question: string): string => {
  const asked = question.trim();
  const parts: string[] = [];
  if (asks(asked, /\b(hello|hi|hey|hallo|hola|moin|servus)\b/i)) parts.push('Hello, nice to meet you!');
  parts.push(greeting);
  if (asked !== '') parts.push(`You wrote:\n\n${quoteOf(asked)}`);
  const before = parts.length;
  if (asks(asked, /\b(code|function|typescript|javascript|python|program\w*|código|funktion)\b/i)) parts.push(code);
  if (asks(asked, /\b(table|tabelle|tabla)\b/i)) parts.push(table);
  if (asks(asked, /\b(math\w*|formula|equation|mathe\w*|formel|matemáticas|fórmula)\b/i)) parts.push(math);
  if (asks(asked, /\b(long|lang|largo|story|essay)\b/i)) parts.push(long);
  if (asks(asked, /\b(help|hilfe|ayuda|what can you do)\b/i)) parts.push(list);
  if (parts.length === before) parts.push(list, code, table, math);
  parts.push(keyHelp);
  return parts.join('\n\n');
};
