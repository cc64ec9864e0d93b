/*
 * Notes over fetch, the clock over server-sent events, the chat over a
 * WebSocket.
 * SPDX-License-Identifier: MIT
 */
'use strict';

const by = (id) => document.getElementById(id);

function make(name, text, attributes) {
	const element = document.createElement(name);

	if (text !== undefined)
		element.textContent = text;
	for (const key in attributes || {})
		element[key] = attributes[key];
	return element;
}

/* ---- notes --------------------------------------------------------------- */

const notes = { edited: null, before: null };

function tell(problem) {
	by('note-error').textContent = problem || '';
	by('note-error').hidden = !problem;
}

/* The answer, or a thrown Error with the server's own sentence. */
async function ask(path, options) {
	const answer = await fetch('/api/notes' + path, options);
	const type = answer.headers.get('Content-Type') || '';
	const body = type.includes('json') ? await answer.json() : null;

	if (!answer.ok)
		throw new Error(body && body.detail ||
			answer.status + ' ' + answer.statusText);
	return { body, tag: answer.headers.get('ETag') };
}

const attempt = (f) => async (event) => {
	if (event)
		event.preventDefault();
	try {
		tell(null);
		await f(event);
	} catch (error) {
		tell(error.message);
	}
};

function reset() {
	notes.edited = null;
	by('note-form').reset();
	by('note-save').textContent = 'Add';
	by('note-cancel').hidden = true;
}

async function edit(id) {
	const { body, tag } = await ask('/' + id);

	notes.edited = { id, tag };
	by('note-title').value = body.title;
	by('note-text').value = body.text;
	by('note-save').textContent = 'Save';
	by('note-cancel').hidden = false;
	by('note-title').focus();
}

function card(note) {
	const item = make('li');
	const row = make('p', undefined, { className: 'row' });

	item.append(make('h3', note.title),
		make('p', note.text, { className: 'note-text' }),
		make('p', new Date(note.changed).toLocaleString(),
			{ className: 'small' }), row);
	row.append(
		make('button', 'Edit', { type: 'button',
			onclick: attempt(() => edit(note.id)) }),
		make('button', 'Delete', { type: 'button',
			onclick: attempt(async () => {
				await ask('/' + note.id, { method: 'DELETE' });
				await list(false);
			}) }));
	return item;
}

/* The first page, or the one after those that are shown. */
async function list(isMore) {
	const query = new URLSearchParams({ limit: 12 });
	const words = by('note-words').value.trim();

	if (words)
		query.set('q', words);
	if (isMore && notes.before)
		query.set('before', notes.before);
	const { body } = await ask('?' + query);
	const cards = body.notes.map(card);

	notes.before = body.next_before || null;
	by('note-more').hidden = !notes.before;
	if (isMore)
		by('note-list').append(...cards);
	else
		by('note-list').replaceChildren(...cards);
}

async function save() {
	const edited = notes.edited;

	await ask(edited ? '/' + edited.id : '', {
		method: edited ? 'PUT' : 'POST',
		headers: Object.assign({ 'Content-Type': 'application/json' },
			edited ? { 'If-Match': edited.tag } : {}),
		body: JSON.stringify({ title: by('note-title').value,
			text: by('note-text').value }),
	});
	reset();
	await list(false);
}

by('note-form').onsubmit = attempt(save);
by('note-cancel').onclick = reset;
by('note-more').onclick = attempt(() => list(true));
by('note-words').oninput = attempt(() => list(false));
attempt(() => list(false))();

/* ---- the clock ----------------------------------------------------------- */

const clock = new EventSource('/live/events');

clock.onerror = () => { by('clock').textContent = 'connecting again'; };
clock.addEventListener('time', (event) => {
	by('clock').textContent = event.data;
});

/* ---- the chat ------------------------------------------------------------ */

let chat, name = '';

function say(text) {
	const lines = by('chat-lines');

	lines.append(make('li', text));
	while (lines.children.length > 50)
		lines.firstChild.remove();
	lines.scrollTop = lines.scrollHeight;
}

const tellings = {
	you: (line) => 'you are ' + line.name,
	joined: (line) => line.name + ' is here',
	left: (line) => line.name + ' has left',
	message: (line) => line.name + ': ' + line.text,
	lost: (line) => line.count === 0 ? 'lines may be missing here'
		: 'lines missing here, at most: ' + line.count,
};

function connect() {
	chat = new WebSocket(location.origin.replace(/^http/, 'ws') +
		'/live/chat');
	chat.onopen = () => {
		name = ''; /* the server does not know it yet */
		by('chat-state').textContent = 'connected';
	};
	chat.onmessage = (event) => {
		const line = JSON.parse(event.data);

		say(tellings[line.kind](line));
	};
	chat.onclose = () => {
		by('chat-state').textContent = 'connecting again';
		setTimeout(connect, 1000);
	};
}

by('chat-form').onsubmit = (event) => {
	event.preventDefault();
	if (chat.readyState !== WebSocket.OPEN)
		return;
	if (by('chat-name').value !== name) {
		name = by('chat-name').value;
		chat.send('/name ' + name);
	}
	chat.send(by('chat-text').value);
	by('chat-text').value = '';
};
connect();
