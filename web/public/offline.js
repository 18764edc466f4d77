// Asks quietly whether the server is back, and reloads the page that was wanted when it is.
setInterval(async () => {
  try {
    const answer = await fetch('/api/v1/setup', { cache: 'no-store' });
    if (answer.ok) location.reload();
  } catch {
    // Still away.
  }
}, 5000);
