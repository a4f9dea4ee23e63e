/** The style of the page: light or dark as the reader's system is, unless the page says otherwise. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1b1f24, #e4e7eb);
  --muted: light-dark(#59636e, #9aa4b0);
  --page: light-dark(#f5f6f8, #0e1116);
  --card: light-dark(#ffffff, #171b21);
  --head: light-dark(#eef0f3, #1e232b);
  --line: light-dark(#d3d8de, #313842);
  --accent: light-dark(#0b5cad, #6cb2ff);
  --add: light-dark(#e2f6e6, #12301b);
  --add-mark: light-dark(#1a7431, #6fdc8c);
  --del: light-dark(#fde8e8, #3a1719);
  --del-mark: light-dark(#b3261e, #ff9a94);
  --high: light-dark(#b3261e, #ff9a94);
  --high-back: light-dark(#fde8e8, #3a1719);
  --medium: light-dark(#8a4b00, #ffc37a);
  --medium-back: light-dark(#fff0dc, #38260d);
  --low: light-dark(#5c5400, #e6d96b);
  --low-back: light-dark(#faf6d4, #2d2a0e);
  --found: light-dark(#ffe58a, #6b5500);
}
:root[data-theme='light'] { color-scheme: light; }
:root[data-theme='dark'] { color-scheme: dark; }
* { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--page);
  color: var(--text);
  font: 15px/1.5 system-ui, sans-serif;
}
header.page, main { max-width: 90rem; margin: 0 auto; padding: 0 1rem; }
header.page { padding-top: 1.25rem; }
h1 { font-size: 1.35rem; line-height: 1.3; margin: 0.25rem 0; }
h2 { font-size: 1.1rem; margin: 0; }
h3 { font-size: 0.95rem; margin: 0.75rem 0 0.25rem; }
p { margin: 0.4rem 0; }
code, pre, .code, .mark, .counts { font-family: ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; font-size: 0.87em; }
code { unicode-bidi: isolate; overflow-wrap: anywhere; }
.muted { color: var(--muted); }
.sides { color: var(--muted); margin: 0; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.errors { border: 1px solid var(--high); border-radius: 8px; background: var(--high-back); padding: 0.75rem 1rem; margin: 1rem 0; }
.errors pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 0 0.75rem; padding: 0.5rem 0.75rem; background: var(--card); border-radius: 6px; max-height: 24rem; overflow: auto; }
.failed { color: var(--high); }
.environments { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 0.75rem; margin: 1rem 0; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 0.75rem 1rem; min-width: 0; }
article h2 { display: flex; gap: 0.5rem; align-items: center; }
.versions { margin: 0.4rem 0; padding-left: 1.1rem; }
.names summary { cursor: pointer; color: var(--muted); }
.names p { max-height: 12rem; overflow: auto; }
.waves { list-style: none; display: flex; flex-wrap: wrap; gap: 0.35rem; margin: 0; padding: 0; }
.waves li { border: 1px solid var(--line); border-radius: 6px; padding: 0.05rem 0.5rem; }
.waves li + li::before { content: '→'; color: var(--muted); margin-right: 0.4rem; }
.waves span { color: var(--muted); }
.changes > h2 { margin-top: 1.5rem; }
.tools { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 0.5rem 0.75rem; align-items: end; background: var(--page); padding: 0.6rem 0; border-bottom: 1px solid var(--line); }
.tools[hidden] { display: none; }
.field { display: flex; flex-direction: column; }
.field label { font-size: 0.8rem; color: var(--muted); }
.field-search { flex: 1 1 16rem; }
.buttons { display: flex; flex-wrap: wrap; gap: 0.4rem; }
input, select, button { font: inherit; font-size: 0.9rem; color: var(--text); background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 0.35rem 0.6rem; min-height: 2.2rem; }
select { max-width: 14rem; }
input { width: 100%; }
button { cursor: pointer; }
button:hover { border-color: var(--accent); }
button[aria-pressed='true'] { background: var(--accent); border-color: var(--accent); color: var(--card); }
.groups { list-style: none; margin: 0.5rem 0 1rem; padding: 0; display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.4rem; }
.group { background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.group > summary, .resource > summary { cursor: pointer; display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.15rem 0.6rem; padding: 0.45rem 0.75rem; list-style: none; }
.group > summary::-webkit-details-marker, .resource > summary::-webkit-details-marker { display: none; }
.group > summary::before, .resource > summary::before { content: '▸'; color: var(--muted); width: 0.8rem; }
.group[open] > summary::before, .resource[open] > summary::before { content: '▾'; }
.group > summary:hover, .resource > summary:hover { background: var(--head); border-radius: 8px; }
.group[open] > summary { border-bottom: 1px solid var(--line); border-radius: 8px 8px 0 0; }
.environment { min-width: 4.5rem; }
.group > summary strong { min-width: 11rem; }
.node { color: var(--muted); overflow-wrap: anywhere; min-width: 10rem; }
.counts { min-width: 7rem; }
.badges { display: flex; flex-wrap: wrap; gap: 0.3rem; margin-left: auto; }
.risk { font-size: 0.78rem; border-radius: 999px; padding: 0.05rem 0.55rem; border: 1px solid currentcolor; white-space: nowrap; font-weight: 600; }
.risk.high { color: var(--high); background: var(--high-back); }
.risk.medium { color: var(--medium); background: var(--medium-back); }
.risk.low { color: var(--low); background: var(--low-back); }
.group > .body { padding: 0.5rem 0.75rem 0.75rem; }
.resource { border: 1px solid var(--line); border-radius: 6px; margin-top: 0.5rem; overflow: clip; }
.resource > summary { background: var(--head); }
.name { flex: 1 1 12rem; max-width: max-content; }
.sign { font-weight: 700; width: 1ch; font-family: ui-monospace, monospace; }
.sign.added { color: var(--add-mark); }
.sign.removed { color: var(--del-mark); }
.sign.changed { color: var(--medium); }
.risks { list-style: none; margin: 0; padding: 0.4rem 0.75rem; border-top: 1px solid var(--line); }
.risks li { overflow-wrap: anywhere; margin: 0.15rem 0; }
.diff { border-top: 1px solid var(--line); padding: 0.25rem 0; content-visibility: auto; }
.row { display: grid; }
.row.one { grid-template-columns: 1.6rem minmax(0, 1fr); }
.row.two { grid-template-columns: 1.6rem minmax(0, 1fr) 1.6rem minmax(0, 1fr); }
.row.two > :nth-child(3) { border-left: 1px solid var(--line); }
.code { white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; padding-right: 0.5rem; unicode-bidi: isolate; }
.mark { text-align: center; color: var(--muted); user-select: none; }
.add { background: var(--add); }
.del { background: var(--del); }
.none { background: var(--head); }
.mark.add { color: var(--add-mark); }
.mark.del { color: var(--del-mark); }
span.gap { background: var(--head); color: var(--muted); padding: 0 0.5rem; font-size: 0.8em; }
mark { background: var(--found); color: inherit; border-radius: 2px; }
@media (max-width: 45rem) {
  .tools { position: static; display: grid; grid-template-columns: 1fr 1fr 1fr; }
  .field-search, .tools .buttons { grid-column: 1 / -1; }
  .tools select { max-width: none; width: 100%; }
  .badges { margin-left: 1.4rem; flex-basis: 100%; }
  .badges:empty { display: none; }
  .environment, .group > summary strong, .node, .counts { min-width: 0; }
  .group > .body { padding: 0.4rem; }
  .risk { white-space: normal; }
  .row.one { grid-template-columns: 1.1rem minmax(0, 1fr); }
  .row.two { grid-template-columns: 1rem minmax(0, 1fr) 1rem minmax(0, 1fr); }
}
@media print {
  .tools, #more { display: none; }
}
`;

/** Of exactly the text above. */
export const pageStyleHash = 'sha256-+/tB6S89Kx296aLE0ywnPhAuphX5dSOV+DPPMw/wTeU=';
