import type { TestResult } from '../../api/types';
import { audioWords, failureWords, videoWords } from '../../lib/words';
import { Note } from '../../ui/States';
import css from './cameras.module.css';

/** What the test found, in plain words: good news with the facts, or what is wrong and what to do. */
export function TestReport({ result }: { result: TestResult }) {
  if (!result.success) {
    const words = failureWords[result.failure] ?? failureWords.none;
    return (
      <Note tone="bad">
        <strong>{words.title}.</strong> {result.advice || words.advice}
        {result.detail && result.detail !== words.title && <small className={css.detail}>{result.detail}</small>}
      </Note>
    );
  }
  return (
    <>
      <Note tone="good">
        <strong>The camera answers.</strong>
        <dl className={css.facts}>
          <dt>Picture</dt>
          <dd>{result.video ? videoWords(result.video) : 'None'}</dd>
          <dt>Sound</dt>
          <dd>{audioWords(result.audio)}</dd>
        </dl>
      </Note>
      {!result.playsInBrowsers && (
        <Note tone="bad">
          <strong>{result.video ? 'Most browsers cannot play this video.' : 'There is no picture.'}</strong>{' '}
          {result.advice || 'Set the camera to H.264 in its own settings. Until then you see single pictures.'}
        </Note>
      )}
      {result.playsInBrowsers && result.advice && <Note tone="quiet">{result.advice}</Note>}
    </>
  );
}
