import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../src');

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

const sources = filesBelow(root)
  .map((path) => ({ path: relative(root, path), text: readFileSync(path, 'utf8') }))
  .filter(({ path }) => /\.tsx?$/.test(path) && !path.startsWith('api/generated'));

/** Folder of what an import leads to, as in "lib" or "features/live". */
function importsOf({ path, text }: { path: string; text: string }): string[] {
  return [...text.matchAll(/from '(\.[^']*)'/g)].map((match) => {
    const target = join(path, '..', match[1] ?? '');
    const [first = '', second = ''] = target.split('/');
    return first === 'features' ? `features/${second}` : first;
  });
}

const folderOf = (path: string) => {
  const [first = '', second = ''] = path.split('/');
  return first === 'features' ? `features/${second}` : first;
};

describe('the house', () => {
  it('has features that know ui, api and lib, but not each other', () => {
    const wrong = sources
      .filter(({ path }) => path.startsWith('features/') && !path.includes('.test.'))
      .flatMap((source) =>
        importsOf(source)
          .filter((to) => to !== folderOf(source.path) && !['ui', 'api', 'lib'].includes(to))
          .map((to) => `${source.path} → ${to}`),
      );
    expect(wrong).toEqual([]);
  });

  it('has a lib without React and without features', () => {
    const lib = sources.filter(({ path }) => path.startsWith('lib/'));
    expect(lib.filter(({ text }) => /from '(react|@mantine|@tanstack)/.test(text)).map(({ path }) => path)).toEqual([]);
    expect(
      lib
        .filter((source) => importsOf(source).some((to) => to.startsWith('features') || to === 'app' || to === 'ui'))
        .map(({ path }) => path),
    ).toEqual([]);
  });

  it('is built for the place where the server puts it', () => {
    const web = join(root, '..');
    const read = (...path: string[]) => readFileSync(join(web, ...path), 'utf8');
    const server = /RequestPath = "([^"]*)"/.exec(read('../src/Vigil.Server/Hosting/WebApp.cs'))?.[1] ?? '';
    expect(/base: '([^']*)'/.exec(read('vite.config.ts'))?.[1]).toBe(`${server}/`);
    const fixed = [read('public/manifest.webmanifest'), read('public/offline.html'), read('src/sw/sw.ts')].join('\n');
    const places = [...fixed.matchAll(/["'](\/[^"']*\.(?:png|svg|css|js|html))["']/g)].map((match) => match[1] ?? '');
    expect(places.length).toBeGreaterThan(8);
    expect(places.filter((place) => !place.startsWith(`${server}/`))).toEqual([]);
  });

  it('keeps files short', () => {
    expect(sources.filter(({ path, text }) => !path.includes('.test.') && text.split('\n').length > 260).map(({ path }) => path)).toEqual(
      [],
    );
  });
});
