import { noAnswer, problemFrom } from '../../api/problems';

export type Progress = { done: number; total: number | null };

/** More than this is not held by the page: the browser's own download takes it. */
const MOST_HELD = 400e6;

/** Fetches a video with its progress, then hands it to the browser to keep. "handed": it is large, and the browser shows how far it is. */
export async function saveVideo(
  address: string,
  name: string,
  told: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<'saved' | 'handed'> {
  let answer: Response;
  try {
    answer = await fetch(address, { signal, credentials: 'same-origin' });
  } catch (failure) {
    if (signal.aborted) throw failure;
    throw noAnswer();
  }
  if (!answer.ok) throw problemFrom(answer.status, await answer.json().catch(() => null));
  const length = Number(answer.headers.get('Content-Length'));
  const total = length > 0 ? length : null;
  if (total !== null && total > MOST_HELD) {
    await answer.body?.cancel();
    click(address, name);
    return 'handed';
  }
  const parts: BlobPart[] = [];
  let done = 0;
  told({ done, total });
  const reader = answer.body?.getReader();
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    parts.push(read.value as BlobPart);
    done += read.value.length;
    told({ done, total });
  }
  if (total !== null && done < total) throw noAnswer();
  const kept = URL.createObjectURL(new Blob(parts, { type: 'video/mp4' }));
  click(kept, name);
  window.setTimeout(() => URL.revokeObjectURL(kept), 60_000);
  return 'saved';
}

function click(address: string, name: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}
