import { memoryTree } from '@tidegate/core';
import { describeFileTreeContract } from '../test/file-tree.contract.ts';
import { putFiles, scratchFolders } from '../test/scratch.ts';
import { directoryTree } from './files.ts';
import { gitTree } from './git-tree.ts';
import { commitAll, initRepository } from './git.ts';

const scratch = scratchFolders();

describeFileTreeContract('map in memory', (files) => Promise.resolve(memoryTree(files)));

describeFileTreeContract('folder on disk', async (files) => {
  const folder = await scratch();
  await putFiles(folder, Object.fromEntries(files));
  return directoryTree(folder);
});

describeFileTreeContract('revision in Git', async (files) => {
  const folder = await scratch();
  await initRepository(folder, 'main');
  await putFiles(folder, Object.fromEntries(files));
  await commitAll(folder, 'Plant', { name: 'Test', email: 'test@example.com' });
  return gitTree(folder, 'HEAD');
});
