/** The stand-in's JSON. Every function throws an Error whose message can be shown. */

export function read(path, query = {}) {
  const search = new URLSearchParams(query).toString();
  return send('GET', search === '' ? path : `${path}?${search}`);
}

export function act(path, body) {
  return send('POST', path, body);
}

export function disarmFaults() {
  return send('DELETE', 'faults');
}

async function send(method, path, body) {
  const response = await fetch(`/_sim/${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? `The stand-in answered ${response.status}.`);
  return answer;
}
