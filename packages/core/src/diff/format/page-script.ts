/**
 * The script of the page. A constant, so that the page's policy can name it by its hash; a test holds
 * both together, and lints it. Texts of the report only ever become text nodes.
 */
export const pageScript = String.raw`
'use strict';
(() => {
  const byId = (id) => document.getElementById(id);
  const tools = byId('tools');
  if (tools === null) return;

  const data = JSON.parse(byId('data').textContent);
  const groupsAtOnce = 200;
  const linesAtOnce = 2000;
  const openLinesMax = 400;
  const lineMax = 4000;
  const levels = ['', 'low', 'medium', 'high'];
  const signs = { added: '+', removed: '-', changed: '~' };
  const state = { terms: [], environment: '', node: '', rank: 0, split: false, shown: groupsAtOnce };
  /** What people opened or closed, by group or by group and resource. */
  const opened = new Map();

  function make(tag, className, ...children) {
    const element = document.createElement(tag);
    if (className !== '') element.className = className;
    element.append(...children);
    return element;
  }

  function groupText(group) {
    const { environment, component, nodes } = group;
    group.text ??= [environment, component, ...nodes].join('\n').toLowerCase();
    return group.text;
  }

  function resourceText(resource) {
    const { change, name, risks, lines } = resource;
    const said = risks.flatMap(({ level, badge, reason }) => [level, badge, reason]);
    resource.text ??= [change, name, ...said, lines].join('\n').toLowerCase();
    return resource.text;
  }

  function isShown(group, resource) {
    if (resource.rank < state.rank) return false;
    return state.terms.every(
      (term) => groupText(group).includes(term) || resourceText(resource).includes(term),
    );
  }

  /** Groups that pass the filters, each with its resources that do. */
  function findGroups() {
    return data.groups.flatMap((group, index) => {
      if (state.environment !== '' && group.environment !== state.environment) return [];
      if (state.node !== '' && !group.nodes.includes(state.node)) return [];
      const resources = group.resources
        .map((resource, at) => ({ resource, key: index + '/' + at }))
        .filter(({ resource }) => isShown(group, resource));
      return resources.length === 0 ? [] : [{ group, key: String(index), resources }];
    });
  }

  /** A text in which what is searched for is marked. */
  function marked(text) {
    const lower = text.toLowerCase();
    if (state.terms.length === 0 || lower.length !== text.length) return [text];
    const parts = [];
    let done = 0;
    while (done < text.length) {
      const hit = nextHit(lower, done);
      if (hit === undefined) break;
      parts.push(text.slice(done, hit.at), make('mark', '', text.slice(hit.at, hit.end)));
      done = hit.end;
    }
    return [...parts, text.slice(done)];
  }

  function nextHit(lower, from) {
    return state.terms
      .map((term) => ({ at: lower.indexOf(term, from), length: term.length }))
      .filter(({ at }) => at >= 0)
      .map(({ at, length }) => ({ at, end: at + length }))
      .sort((a, b) => a.at - b.at || b.end - a.end)[0];
  }

  /** A line's text; one that is very long is shown whole only on demand. */
  function codeOf(text, className) {
    const element = make('span', 'code ' + className);
    if (text.length <= lineMax) {
      element.append(...marked(text));
      return element;
    }
    const button = make('button', '', 'show all ' + text.length.toLocaleString('en') + ' characters');
    button.type = 'button';
    button.addEventListener('click', () => element.replaceChildren(...marked(text)));
    element.append(...marked(text.slice(0, lineMax).replace(/[\ud800-\udbff]$/, '')), '\u2026 ', button);
    return element;
  }

  const classes = { '+': 'add', '-': 'del', ' ': 'same', '@': 'gap' };

  function cells(line) {
    if (line === undefined) return [make('span', 'mark none'), make('span', 'code none')];
    const className = classes[line[0]];
    return [make('span', 'mark ' + className, line[0]), codeOf(line.slice(1), className)];
  }

  function gapRow(line) {
    return make('div', 'row gap', make('span', 'gap', line.length > 1 ? line.slice(1) : '\u22ef'));
  }

  function unifiedRows(lines) {
    return lines.map((line) =>
      line[0] === '@' ? gapRow(line) : make('div', 'row one', ...cells(line)),
    );
  }

  /** What goes stands beside what comes in its place. */
  function splitRows(lines) {
    const rows = [];
    let removed = [];
    let added = [];
    const flush = () => {
      for (let at = 0; at < Math.max(removed.length, added.length); at += 1) {
        rows.push(make('div', 'row two', ...cells(removed[at]), ...cells(added[at])));
      }
      removed = [];
      added = [];
    };
    for (const line of lines) {
      if (line[0] === '+') added.push(line);
      else if (line[0] === '-') {
        if (added.length > 0) flush();
        removed.push(line);
      } else {
        flush();
        rows.push(line[0] === '@' ? gapRow(line) : make('div', 'row two', ...cells(line), ...cells(line)));
      }
    }
    flush();
    return rows;
  }

  function fillDiff(element, lines, from) {
    const next = lines.slice(from, from + linesAtOnce);
    element.append(...(state.split ? splitRows(next) : unifiedRows(next)));
    const left = lines.length - from - next.length;
    if (left <= 0) return;
    const button = make('button', 'more', 'Show more of ' + left.toLocaleString('en') + ' lines');
    button.type = 'button';
    button.addEventListener('click', () => {
      button.remove();
      fillDiff(element, lines, from + linesAtOnce);
    });
    element.append(button);
  }

  function badge(rank, text) {
    return make('span', 'risk ' + levels[rank], ...marked(text));
  }

  function resourceBody(resource) {
    const risks = resource.risks.map(({ level, badge: name, reason }) =>
      make('li', '', badge(levels.indexOf(level), level + ', ' + name), ' ', ...marked(reason)),
    );
    const diff = make('div', 'diff');
    diff.setAttribute('role', 'group');
    diff.setAttribute('aria-label', 'Diff of ' + resource.name);
    const lines = resource.lines === '' ? [] : resource.lines.split('\n');
    // What is out of sight is not laid out: the browser needs to know how high it will be.
    diff.style.containIntrinsicBlockSize = 'auto ' + Math.min(lines.length, linesAtOnce) * 1.3 + 'rem';
    fillDiff(diff, lines, 0);
    return [...(risks.length === 0 ? [] : [make('ul', 'risks', ...risks)]), diff];
  }

  /** A section that is filled when it is first opened, and remembers whether it is open. */
  function section(className, key, { summary, isOpen, body }) {
    const details = make('details', className, summary);
    const fill = () => {
      if (details.childElementCount === 1) details.append(make('div', 'body', ...body()));
    };
    if (opened.get(key) ?? isOpen) {
      details.open = true;
      fill();
    }
    summary.addEventListener('click', () => {
      opened.set(key, !details.open);
      fill();
    });
    details.addEventListener('toggle', () => {
      if (details.open) fill();
    });
    return details;
  }

  function resourceItem({ resource, key }, isOpen) {
    const summary = make(
      'summary',
      '',
      make('span', 'sign ' + resource.change, signs[resource.change]),
      make('span', 'hidden', resource.change),
      make('code', 'name', ...marked(resource.name)),
      ...resource.risks.map(({ level, badge: name }) => badge(levels.indexOf(level), name)),
    );
    return section('resource', key, { summary, isOpen, body: () => resourceBody(resource) });
  }

  function groupBody({ group, resources }) {
    const body = [];
    if (group.nodes.length > 1) {
      const names = group.nodes.flatMap((node) => [make('code', '', ...marked(node)), ' ']);
      const title = 'On ' + group.nodeCount + ', shown as on the first';
      const list = make('details', 'names', make('summary', '', title), make('p', '', ...names));
      list.open = group.nodes.length <= 12;
      body.push(list);
    }
    let lines = 0;
    for (const item of resources) {
      lines += item.resource.lines.length / 40;
      body.push(resourceItem(item, lines <= openLinesMax));
    }
    const hidden = group.resources.length - resources.length;
    if (hidden > 0) body.push(make('p', 'muted', hidden + ' more do not match the filters.'));
    return body;
  }

  function groupItem(found) {
    const { group, key } = found;
    const nodes = group.nodes.length === 1 ? group.nodes[0] : group.nodeCount;
    const each = group.nodes.length > 1 ? ' each' : '';
    const summary = make(
      'summary',
      '',
      make('span', 'environment', ...marked(group.environment)),
      make('strong', '', ...marked(group.component)),
      make('span', 'node', ...(group.nodes.length === 0 ? [] : marked(nodes))),
      make('span', 'counts', group.counts + each),
      ...(group.wave === null ? [] : [make('span', 'muted wave', 'wave ' + group.wave)]),
      make('span', 'badges', ...group.badges.map((text) => badge(badgeRank(group, text), text))),
    );
    const isOpen = data.groups.length <= 3;
    return make('li', '', section('group', key, { summary, isOpen, body: () => groupBody(found) }));
  }

  function badgeRank(group, text) {
    const risks = group.resources.flatMap((resource) => resource.risks);
    const ranks = risks.filter((risk) => risk.badge === text).map(({ level }) => levels.indexOf(level));
    return Math.max(0, ...ranks);
  }

  let found = [];

  function render() {
    found = findGroups();
    byId('groups').replaceChildren(...found.slice(0, state.shown).map(groupItem));
    const of = found.length === data.groups.length ? '' : ' of ' + data.groups.length.toLocaleString('en');
    const left = found.length - state.shown;
    const cut = left > 0 ? '; the first ' + state.shown + ' are shown' : '';
    byId('status').textContent =
      found.length === 0
        ? 'Nothing matches.'
        : found.length.toLocaleString('en') + of + (found.length === 1 && of === '' ? ' change' : ' changes') + cut;
    byId('more').hidden = left <= 0;
  }

  function fillNodes() {
    const groups = data.groups.filter(
      ({ environment }) => state.environment === '' || environment === state.environment,
    );
    const nodes = [...new Set(groups.flatMap((group) => group.nodes))].sort();
    if (!nodes.includes(state.node)) state.node = '';
    const options = nodes.map((node) => new Option(node, node, false, node === state.node));
    byId('node').replaceChildren(new Option('all', '', false, state.node === ''), ...options);
  }

  function setAll(isOpen) {
    for (const { key, resources } of found.slice(0, state.shown)) {
      opened.set(key, isOpen);
      for (const resource of resources) if (!isOpen) opened.delete(resource.key);
    }
    render();
  }

  function onSearch() {
    state.terms = byId('search').value.toLowerCase().split(/\s+/).filter((term) => term !== '');
    state.shown = groupsAtOnce;
    render();
  }

  function listenToFilters() {
    let timer = 0;
    byId('search').addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(onSearch, 120);
    });
    byId('environment').addEventListener('change', (event) => {
      state.environment = event.target.value;
      state.shown = groupsAtOnce;
      fillNodes();
      render();
    });
    byId('node').addEventListener('change', (event) => {
      state.node = event.target.value;
      state.shown = groupsAtOnce;
      render();
    });
    byId('risk').addEventListener('change', (event) => {
      state.rank = Number(event.target.value);
      state.shown = groupsAtOnce;
      render();
    });
    tools.addEventListener('submit', (event) => event.preventDefault());
  }

  function listenToButtons() {
    byId('split').addEventListener('click', (event) => {
      state.split = !state.split;
      event.target.setAttribute('aria-pressed', String(state.split));
      render();
    });
    byId('expand').addEventListener('click', () => setAll(true));
    byId('collapse').addEventListener('click', () => setAll(false));
    byId('more').addEventListener('click', () => {
      state.shown += groupsAtOnce;
      render();
    });
    const themes = ['auto', 'light', 'dark'];
    let theme = 0;
    byId('theme').addEventListener('click', (event) => {
      theme = (theme + 1) % themes.length;
      document.documentElement.dataset.theme = themes[theme];
      event.target.textContent = 'Theme: ' + themes[theme];
    });
  }

  function listenToKeys() {
    document.addEventListener('keydown', (event) => {
      const isTyping = /^(?:INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
      if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        byId('search').focus();
      }
      if (event.key === 'Escape' && event.target === byId('search')) {
        byId('search').value = '';
        onSearch();
      }
    });
  }

  tools.hidden = false;
  byId('unfilled').remove();
  listenToFilters();
  listenToButtons();
  listenToKeys();
  fillNodes();
  render();
})();
`;

/** Of exactly the text above. */
export const pageScriptHash = 'sha256-o1zUY3W5f7WhYp1UOrPsMLrSRwmD2x095ddZxh0s8JA=';
