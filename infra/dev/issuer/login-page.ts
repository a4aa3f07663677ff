/** The login form of one interaction, as HTML. `problem` is shown when an attempt failed. */
export function renderLoginPage(uid: string, clientId: string, problem?: string): string {
  const note = problem === undefined ? '' : `<p class="problem" role="alert">${escapeHtml(problem)}</p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Log in · Countersign dev issuer</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; background: #f4f5f7; color: #1d2433; display: grid; place-items: center; min-height: 100vh; margin: 0 }
  main { background: #fff; padding: 2rem; border-radius: 12px; box-shadow: 0 1px 8px #0002; width: min(22rem, 86vw) }
  h1 { font-size: 1.25rem; margin: 0 0 .25rem }
  p { margin: 0 0 1rem; color: #5b6472 }
  label { display: block; margin: 0 0 1rem; font-weight: 600 }
  input { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .5rem; margin-top: .25rem; border: 1px solid #9aa3b2; border-radius: 6px }
  button { font: inherit; font-weight: 600; width: 100%; padding: .6rem; border: 0; border-radius: 6px; background: #1f5eff; color: #fff; cursor: pointer }
  .problem { color: #b3261e }
</style>
</head>
<body>
<main>
<h1>Log in</h1>
<p>to continue to ${escapeHtml(clientId)}</p>
${note}
<form method="post" action="/login/${encodeURIComponent(uid)}" autocomplete="off">
<label>Account <input name="account" required autofocus placeholder="sre-1"></label>
<label>Password <input name="password" type="password" required></label>
<button type="submit">Log in</button>
</form>
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
